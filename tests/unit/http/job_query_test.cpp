#include "job_query.hpp"

#include "relay/jobs/job.hpp"
#include "relay/jobs/operator_ledger.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <string>

namespace relay::http {
namespace {

using nlohmann::json;

json error_of(const Response& response) {
    return json::parse(response.body).at("error");
}

TEST(JobQuery, TakesEveryFilter) {
    const std::string signature(64, '1'); // base58 of 64 zero bytes
    const auto query = read_job_query({{"status", "failed"},
                                       {"code", "root_not_found"},
                                       {"nullifier", "0x" + std::string(64, 'a')},
                                       {"signature", signature},
                                       {"older_than", "1h"},
                                       {"limit", "500"}},
                                      JobList::Jobs);
    ASSERT_TRUE(query);
    EXPECT_EQ(query->filter.status, jobs::JobStatus::Failed);
    EXPECT_EQ(query->filter.code, "root_not_found");
    EXPECT_TRUE(query->filter.nullifier && query->filter.signature);
    EXPECT_EQ(query->filter.older_than, std::chrono::hours(1));
    EXPECT_EQ(query->limit, 500U);
    EXPECT_FALSE(query->filter.dead_letters);
    EXPECT_EQ(read_job_query({}, JobList::Jobs)->limit, kDefaultLimit);
    EXPECT_TRUE(read_job_query({}, JobList::DeadLetters)->filter.dead_letters);
}

TEST(JobQuery, NamesTheFieldAndTheFix) {
    for (const auto& [name, text] : std::vector<std::pair<std::string, std::string>>{
             {"status", "dead"},
             {"status", ""},
             {"code", "Root"},
             {"code", ""},
             {"code", "a\xff"},
             {"nullifier", "aa"},
             {"signature", "x"},
             {"older_than", "1 day"},
             {"older_than", "-1h"},
             {"limit", "0"},
             {"limit", "501"},
             {"limit", "ten"},
             {"limit", "1e2"},
             {"cursor", "zz"},
             {"cursor", std::string(48, 'f')},
             {"state", "failed"},
             {"", "x"},
         }) {
        const auto query = read_job_query({{name, text}}, JobList::Jobs);
        ASSERT_FALSE(query) << name << "=" << text;
        EXPECT_EQ(query.error().status, 400U);
        const auto error = error_of(query.error());
        EXPECT_EQ(error.at("code"), "invalid_field") << name;
        EXPECT_EQ(error.value("field", ""), name);
        EXPECT_TRUE(error.at("message").get<std::string>().starts_with(name)) << error;
    }
    EXPECT_FALSE(read_job_query({{"status", "failed"}}, JobList::DeadLetters));
}

TEST(JobQuery, ACursorIsThePositionItWasMadeOf) {
    jobs::ListPosition position;
    position.created_at = jobs::Timestamp(std::chrono::microseconds(1'790'000'000'123'456));
    position.id.bytes = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    const auto cursor = to_cursor(position);
    EXPECT_EQ(parse_cursor(cursor), position);
    EXPECT_FALSE(parse_cursor(cursor.substr(1)));
    EXPECT_FALSE(parse_cursor(""));
    const auto query = read_job_query({{"cursor", cursor}}, JobList::DeadLetters);
    ASSERT_TRUE(query);
    EXPECT_EQ(query->after, position);
}

TEST(NumberQuery, TakesALimitAndACursor) {
    const auto query = read_number_query({{"limit", "2"}, {"cursor", "77"}});
    ASSERT_TRUE(query);
    EXPECT_EQ(query->limit, 2U);
    EXPECT_EQ(query->before, 77);
    EXPECT_FALSE(read_number_query({{"cursor", "x"}}));
    EXPECT_FALSE(read_number_query({{"limit", "0"}}));
    EXPECT_FALSE(read_number_query({{"who", "me"}}));
}

} // namespace
} // namespace relay::http
