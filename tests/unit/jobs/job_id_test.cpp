#include "relay/jobs/job.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string_view>

namespace relay::jobs {
namespace {

using std::chrono::milliseconds;
using std::string_view_literals::operator""sv;
using SystemTime = std::chrono::system_clock::time_point;

TEST(JobId, IsAVersion7Uuid) {
    const auto text = JobId::make(SystemTime(milliseconds(0x017f22e279b0))).to_string();
    EXPECT_EQ(text.substr(0, 14), "017f22e2-79b0-"); // RFC 9562, appendix A.6
    EXPECT_EQ(text[14], '7');
    EXPECT_NE(std::string_view("89ab").find(text[19]), std::string_view::npos);
}

TEST(JobId, IsOrderedByTime) {
    JobId last;
    for (int step = 0; step < 1'000; ++step) {
        const auto id = JobId::make(SystemTime(milliseconds(1'700'000'000'000 + 37 * step)));
        EXPECT_LT(last, id);
        EXPECT_LT(last.to_string(), id.to_string());
        last = id;
    }
}

TEST(JobId, IsUnlikeAnyOther) {
    std::set<JobId> ids;
    for (int count = 0; count < 1'000; ++count) {
        ids.insert(JobId::make(SystemTime(milliseconds(1'700'000'000'000))));
    }
    EXPECT_EQ(ids.size(), 1'000U);
}

TEST(JobId, ReadsWhatItWrites) {
    const auto id = JobId::make(std::chrono::system_clock::now());
    EXPECT_EQ(JobId::parse(id.to_string()), id);
    EXPECT_EQ(JobId::parse("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"),
              JobId::parse("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"));
}

TEST(JobId, Refuses) {
    for (const auto text :
         {""sv, "017f22e2"sv, "017f22e279b07cc398c4dc0c0c07398f"sv,
          "017f22e2-79b0-7cc3-98c4-dc0c0c07398"sv, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0"sv,
          "{17f22e2-79b0-7cc3-98c4-dc0c0c07398}"sv, "017f22e2x79b0-7cc3-98c4-dc0c0c07398f"sv,
          "017f22e27-9b0-7cc3-98c4-dc0c0c07398f"sv, "g17f22e2-79b0-7cc3-98c4-dc0c0c07398f"sv,
          "017f22e2-79b0-7cc3-98c4-dc0c0c0739 f"sv, "017f22e2-79b0-7cc3-98c4-dc0c0c07398\0"sv,
          "------------------------------------"sv}) {
        EXPECT_FALSE(JobId::parse(text).has_value()) << text;
    }
}

TEST(JobStatus, ReadsWhatItWrites) {
    for (const auto status :
         {JobStatus::Queued, JobStatus::Processing, JobStatus::Completed, JobStatus::Failed}) {
        EXPECT_EQ(parse_job_status(to_string(status)), status);
    }
    for (const auto text : {""sv, "Queued"sv, "queued "sv, "done"sv}) {
        EXPECT_FALSE(parse_job_status(text).has_value()) << text;
    }
}

} // namespace
} // namespace relay::jobs
