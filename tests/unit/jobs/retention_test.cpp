// When retention removes jobs, how many at a time, and what it tells.

#include "relay/jobs/retention.hpp"

#include "relay/base/task_group.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/jobs/best_effort_schedule.hpp"
#include "relay/jobs/job.hpp"
#include "relay/observability/metrics.hpp"
#include "support/base/manual_clock.hpp"
#include "support/base/run_task.hpp"
#include "support/jobs/jobs.hpp"
#include "support/jobs/memory_ledger.hpp"
#include "support/jobs/memory_retention_ledger.hpp"
#include "support/jobs/memory_schedule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <string_view>

namespace relay::test {
namespace {

using jobs::JobStatus;
using testing::HasSubstr;

class RetentionTest : public testing::Test {
  protected:
    ~RetentionTest() override { run_task(clock_, tasks_.join()); }

    void add(std::uint32_t number, JobStatus status) {
        MemoryRows::Row row;
        row.view.id = make_job_id(number);
        row.view.status = status;
        row.view.updated_at = wall_time(clock_);
        rows_.jobs.emplace(row.view.id, row);
    }

    jobs::Retention retention(std::chrono::milliseconds completed,
                              std::chrono::milliseconds failed) {
        return {clock_,
                {.completed = completed, .failed = failed, .batch = 2},
                ledger_,
                schedule_,
                metrics_};
    }

    boost::asio::io_context io_;
    ManualClock clock_{io_};
    MemoryRows rows_;
    MemoryRetentionLedger ledger_{clock_, rows_};
    MemorySchedule memory_schedule_{clock_};
    base::TaskGroup tasks_{clock_,
                           [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); }};
    base::WakeUp due_{io_.get_executor()};
    observability::MetricsRegistry metrics_;
    jobs::BestEffortSchedule schedule_{tasks_, memory_schedule_, due_};
};

TEST_F(RetentionTest, RemovesInBatchesWhatHasBeenOverLongEnough) {
    for (std::uint32_t number = 1; number <= 5; ++number) {
        add(number, JobStatus::Failed);
        schedule_.note_failed(make_job_id(number));
    }
    add(6, JobStatus::Completed);
    clock_.advance(std::chrono::hours(1));
    add(7, JobStatus::Failed);
    add(8, JobStatus::Queued);
    schedule_.note_failed(make_job_id(7));
    auto some = retention(std::chrono::hours(2), std::chrono::hours(1));
    EXPECT_EQ(run_task(clock_, some.sweep()).failed, 5U);
    EXPECT_EQ(ledger_.calls(), 4U); // one for the completed, of which none is due
    EXPECT_EQ(rows_.jobs.size(), 3U);
    run_task(clock_, tasks_.join());
    EXPECT_FALSE(memory_schedule_.is_failed(make_job_id(1)));
    EXPECT_TRUE(memory_schedule_.is_failed(make_job_id(7)));
    clock_.advance(std::chrono::hours(1));
    const auto removed = run_task(clock_, some.sweep());
    EXPECT_EQ(removed.completed, 1U);
    EXPECT_EQ(removed.failed, 1U);
    EXPECT_EQ(rows_.jobs.size(), 1U);
    const auto text = metrics_.text();
    EXPECT_THAT(text, HasSubstr("relay_retention_removed_total{kind=\"completed\"} 1"));
    EXPECT_THAT(text, HasSubstr("relay_retention_removed_total{kind=\"failed\"} 6"));
    EXPECT_THAT(text, HasSubstr("relay_retention_last_sweep_age_seconds 0"));
}

TEST_F(RetentionTest, ZeroIsForEver) {
    add(1, JobStatus::Failed);
    add(2, JobStatus::Completed);
    clock_.advance(std::chrono::hours(100'000));
    auto none = retention(std::chrono::milliseconds(0), std::chrono::milliseconds(0));
    run_task(clock_, none.sweep());
    run_task(clock_, none.run()); // has nothing to do, and ends
    EXPECT_EQ(ledger_.calls(), 0U);
    EXPECT_EQ(rows_.jobs.size(), 2U);
}

TEST_F(RetentionTest, GoesOnAfterARefusal) {
    add(1, JobStatus::Failed);
    clock_.advance(std::chrono::hours(2));
    ledger_.set_refuses(true);
    auto some = retention(std::chrono::milliseconds(0), std::chrono::hours(1));
    base::TaskGroup loops(clock_,
                          [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); });
    loops.spawn("retention", some.run());
    run_task(clock_, clock_.sleep_for(std::chrono::seconds(12)));
    EXPECT_EQ(ledger_.calls(), 2U);
    ledger_.set_refuses(false);
    run_task(clock_, clock_.sleep_for(std::chrono::seconds(12)));
    EXPECT_TRUE(rows_.jobs.empty());
    loops.cancel();
    run_task(clock_, loops.join());
}

} // namespace
} // namespace relay::test
