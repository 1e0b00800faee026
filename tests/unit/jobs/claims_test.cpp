// Places, and what becomes of the claims that hold them.

#include "relay/jobs/claims.hpp"

#include "relay/base/task_group.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/jobs/batched_ledger.hpp"
#include "relay/jobs/best_effort_schedule.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/job_metrics.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/observability/metrics.hpp"
#include "support/base/manual_clock.hpp"
#include "support/base/run_task.hpp"
#include "support/jobs/fault_plan.hpp"
#include "support/jobs/jobs.hpp"
#include "support/jobs/memory_ledger.hpp"
#include "support/jobs/memory_schedule.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace relay::test {
namespace {

using jobs::JobStatus;
using std::chrono::milliseconds;

class ClaimsTest : public testing::Test {
  protected:
    ~ClaimsTest() override {
        loops_.cancel();
        run_task(clock_, loops_.join());
        run_task(clock_, tasks_.join());
    }

    /// A job that is claimed in the ledger.
    jobs::Claim claimed(std::uint32_t number) {
        run_task(clock_, memory_ledger_.insert({make_new_job(number)}));
        const auto lease = std::chrono::hours(1);
        const auto job = run_task(clock_, memory_ledger_.claim({make_job_id(number)}, lease)).at(0);
        return {job.id, job.lease};
    }

    std::vector<jobs::Claims::Place> take(std::uint32_t jobs) {
        std::vector<jobs::Claims::Place> places;
        for (std::uint32_t number = 1; number <= jobs; ++number) {
            places.push_back(claims_.take(claimed(number)));
        }
        return places;
    }

    std::size_t jobs_that_are(JobStatus status) const {
        return static_cast<std::size_t>(std::ranges::count_if(
            rows_.jobs,
            [status](const auto& entry) { return entry.second.view.status == status; }));
    }

    static base::TaskGroup::OnFailure no_failure() {
        return [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); };
    }

    boost::asio::io_context io_;
    ManualClock clock_{io_};
    MemoryRows rows_;
    MemoryLedger memory_ledger_{clock_, rows_};
    FaultPlan plan_; // of no faults: it counts the calls
    FaultyLedger counted_{memory_ledger_, plan_};
    MemorySchedule memory_schedule_{clock_};
    base::TaskGroup tasks_{clock_, no_failure()};
    base::TaskGroup loops_{clock_, no_failure()};
    base::WakeUp due_{io_.get_executor()};
    base::WakeUp freed_{io_.get_executor()};
    observability::MetricsRegistry metrics_;
    jobs::JobMetrics job_metrics_{metrics_};
    jobs::BatchedLedger ledger_{tasks_, counted_};
    jobs::BestEffortSchedule schedule_{tasks_, memory_schedule_, due_};
    jobs::Claims claims_{clock_,       {.places = 600, .lease = milliseconds(3)},
                         ledger_,      schedule_,
                         job_metrics_, freed_};
};

TEST_F(ClaimsTest, APlaceIsFreeWhenItsJobHasEnded) {
    auto places = take(600);
    EXPECT_EQ(claims_.free(), 0U);
    places.back().finish();
    places.pop_back();
    EXPECT_EQ(claims_.held(), 599U);
    EXPECT_EQ(claims_.free(), 1U);
    run_task(clock_, freed_.wait()); // there was none
}

TEST_F(ClaimsTest, LeasesAreRenewedInBoundedStatements) {
    const auto places = take(600);
    loops_.spawn("leases", claims_.keep());
    run_until(clock_, [this] { return plan_.calls("renew") >= 3; });
    EXPECT_EQ(rows_.jobs.at(make_job_id(1)).view.status, JobStatus::Processing);
}

TEST_F(ClaimsTest, AnOutageAtOnePartOfARenewalCostsTheOthersNothing) {
    const auto places = take(600);
    plan_.at(1, Fault::ErrorBefore);
    loops_.spawn("leases", claims_.keep());
    run_until(clock_, [this] { return plan_.calls("renew") >= 3; });
}

TEST_F(ClaimsTest, WhatWasCutOffIsGivenBackInBoundedStatements) {
    {
        const auto places = take(600);
        claims_.close();
    }
    EXPECT_EQ(claims_.held(), 600U);
    run_task(clock_, claims_.give_back_all());
    EXPECT_EQ(plan_.calls("give_back"), 3U);
    EXPECT_EQ(jobs_that_are(JobStatus::Queued), 600U);
    run_task(clock_, tasks_.join());
    EXPECT_EQ(run_task(clock_, memory_schedule_.depth()).scheduled, 600U);
}

TEST_F(ClaimsTest, WhatHadItsOutcomeIsNotGivenBack) {
    auto places = take(2);
    claims_.close();
    places.front().finish();
    places.clear();
    EXPECT_EQ(claims_.held(), 1U);
    run_task(clock_, claims_.give_back_all());
    EXPECT_EQ(jobs_that_are(JobStatus::Processing), 1U);
}

TEST_F(ClaimsTest, AJobThatEndedByAFaultIsLeftToItsLease) {
    { const auto places = take(1); }
    claims_.close();
    run_task(clock_, claims_.give_back_all());
    EXPECT_EQ(jobs_that_are(JobStatus::Processing), 1U);
}

TEST_F(ClaimsTest, AnOldPlaceDoesNotEndANewClaimOnItsJob) {
    auto old = take(1);
    const jobs::Claim anew{make_job_id(1), jobs::Lease{make_job_id(99).bytes}};
    const auto place = claims_.take(anew);
    old.front().finish();
    old.clear();
    EXPECT_EQ(claims_.held(), 1U);
}

} // namespace
} // namespace relay::test
