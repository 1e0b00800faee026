// How the reconciler walks the ledger, a page at a time, and where it goes on.

#include "relay/jobs/reconciler.hpp"

#include "relay/base/task_group.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/jobs/batched_ledger.hpp"
#include "relay/jobs/best_effort_schedule.hpp"
#include "relay/jobs/schedule.hpp"
#include "relay/observability/metrics.hpp"
#include "support/base/manual_clock.hpp"
#include "support/base/run_task.hpp"
#include "support/jobs/jobs.hpp"
#include "support/jobs/memory_ledger.hpp"
#include "support/jobs/memory_schedule.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <initializer_list>
#include <string>
#include <string_view>

namespace relay::test {
namespace {

using std::chrono::milliseconds;

/// Over ten jobs in the order of their numbers, two a page; a sweep ends after two pages without a
/// find.
class ReconcilerTest : public testing::Test {
  protected:
    ReconcilerTest() {
        for (std::uint32_t number = 1; number <= 10; ++number) {
            run_task(clock_, memory_ledger_.insert({make_new_job(number)}));
            run_task(clock_, memory_schedule_.note({{make_job_id(number), milliseconds(0)}}));
            clock_.advance(milliseconds(1));
        }
    }

    ~ReconcilerTest() override { run_task(clock_, tasks_.join()); }

    /// The schedule forgets all but these.
    void forget_all_but(std::initializer_list<std::uint32_t> numbers) {
        memory_schedule_.forget_all();
        for (const auto number : numbers) {
            run_task(clock_, memory_schedule_.note({{make_job_id(number), milliseconds(0)}}));
        }
    }

    std::size_t sweep() { return run_task(clock_, reconciler_.sweep()); }

    std::size_t scheduled() { return run_task(clock_, memory_schedule_.depth()).scheduled; }

    boost::asio::io_context io_;
    ManualClock clock_{io_};
    MemoryRows rows_;
    MemoryLedger memory_ledger_{clock_, rows_};
    MemorySchedule memory_schedule_{clock_};
    base::TaskGroup tasks_{clock_,
                           [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); }};
    base::WakeUp due_{io_.get_executor()};
    observability::MetricsRegistry metrics_;
    jobs::BatchedLedger ledger_{tasks_, memory_ledger_};
    jobs::BestEffortSchedule schedule_{tasks_, memory_schedule_, due_};
    jobs::Reconciler reconciler_{clock_, {.page = 2, .idle_pages = 2}, ledger_, schedule_, metrics_,
                                 due_};
};

TEST_F(ReconcilerTest, AfterALossOneSweepRestoresAll) {
    forget_all_but({});
    EXPECT_EQ(sweep(), 10U);
    EXPECT_EQ(scheduled(), 10U);
    run_task(clock_, due_.wait()); // the worker is told
    EXPECT_NE(metrics_.text().find("\nrelay_schedule_restored_total 10\n"), std::string::npos);
}

TEST_F(ReconcilerTest, AWholeScheduleCostsAFewPagesASweepAndEachJobIsReached) {
    forget_all_but({1, 2, 3, 4, 5, 6, 7, 8});
    EXPECT_EQ(sweep(), 0U); // 1 to 4
    EXPECT_EQ(sweep(), 0U); // 5 to 8
    EXPECT_EQ(sweep(), 2U); // 9 and 10, and the walk is at its end
    forget_all_but({2, 3, 4, 5, 6, 7, 8, 9, 10});
    EXPECT_EQ(sweep(), 1U); // 1, from the beginning again
}

TEST_F(ReconcilerTest, AFindKeepsTheSweepGoing) {
    forget_all_but({1, 2, 3, 5, 6, 7, 9, 10}); // without 4 and 8
    EXPECT_EQ(sweep(), 2U);
    EXPECT_EQ(scheduled(), 10U);
}

TEST_F(ReconcilerTest, AScheduleThatComesBackIsWalkedFromTheBeginning) {
    EXPECT_EQ(sweep(), 0U); // 1 to 4
    memory_schedule_.set_away(true);
    EXPECT_EQ(sweep(), 0U);
    memory_schedule_.set_away(false);
    forget_all_but({5, 6, 7, 8, 9, 10});
    EXPECT_EQ(sweep(), 4U);
}

TEST_F(ReconcilerTest, AfterAFailureOneSweepGoesThroughAllOfItAndThenItIsWhole) {
    EXPECT_EQ(sweep(), 0U); // 1 to 4
    memory_schedule_.set_away(true);
    schedule_.note({make_job_id(11)});
    run_task(clock_, tasks_.join());
    memory_schedule_.set_away(false);
    EXPECT_FALSE(schedule_.is_whole());
    forget_all_but({1, 2, 3, 4, 5, 6, 7, 8, 9}); // without the last
    EXPECT_EQ(sweep(), 1U);
    EXPECT_TRUE(schedule_.is_whole());
}

TEST_F(ReconcilerTest, WhatStandsTooLateIsBroughtForward) {
    run_task(clock_, memory_schedule_.note({{make_job_id(1), std::chrono::hours(1)}}));
    EXPECT_EQ(sweep(), 1U);
    pass(clock_, jobs::kLateAllowed + milliseconds(1));
    EXPECT_EQ(run_task(clock_, memory_schedule_.take_due(100)).size(), 10U);
}

TEST_F(ReconcilerTest, DeadLettersAreMadeWholeToo) {
    for (std::uint32_t number = 1; number <= 5; ++number) {
        const auto job =
            run_task(clock_, memory_ledger_.claim({make_job_id(number)}, std::chrono::hours(1)))
                .at(0);
        run_task(clock_, memory_ledger_.fail({{{job.id, job.lease}, {"proof_invalid", "none"}}}));
        clock_.advance(milliseconds(1));
    }
    EXPECT_EQ(run_task(clock_, reconciler_.sweep_dead_letters()), 5U);
    EXPECT_EQ(run_task(clock_, memory_schedule_.depth()).failed, 5U);
    EXPECT_EQ(run_task(clock_, reconciler_.sweep_dead_letters()), 0U);
}

} // namespace
} // namespace relay::test
