#include "relay/jobs/store_monitor.hpp"

#include "relay/base/task_group.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/jobs/backlog.hpp"
#include "relay/jobs/batched_ledger.hpp"
#include "relay/jobs/best_effort_schedule.hpp"
#include "relay/jobs/landing_watch.hpp"
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

#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

namespace relay::test {
namespace {

using std::chrono::milliseconds;

/// A monitor that looks every millisecond.
class StoreMonitorTest : public testing::Test {
  protected:
    ~StoreMonitorTest() override {
        tasks_.cancel();
        run_task(clock_, tasks_.join());
    }

    void start(milliseconds count_takes, int count_rest) {
        memory_.set_count_takes(count_takes);
        settings_.count_rest = count_rest;
        monitor_.emplace(clock_, settings_, ledger_, schedule_, backlog_, landings_, metrics_);
        tasks_.spawn("monitor", monitor_->run());
    }

    void insert(std::uint32_t number) { run_task(clock_, memory_.insert({make_new_job(number)})); }

    bool shows(const std::string& metric) const {
        return metrics_.text().find("\n" + metric + "\n") != std::string::npos;
    }
    /// Whole seconds.
    int seconds_of(const std::string& metric) const {
        const auto name = "\n" + metric + " ";
        const auto text = metrics_.text();
        return std::stoi(text.substr(text.find(name) + name.size()));
    }
    int overdue() const { return seconds_of("relay_queue_oldest_due_seconds"); }
    void wait_for(const std::string& metric) {
        run_until(clock_, [&] { return shows(metric); });
    }

    boost::asio::io_context io_;
    ManualClock clock_{io_};
    MemoryRows rows_;
    MemoryLedger memory_{clock_, rows_};
    FaultPlan plan_; // of no faults: it counts the calls
    FaultyLedger faulty_{memory_, plan_};
    MemorySchedule memory_schedule_{clock_};
    base::TaskGroup tasks_{clock_,
                           [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); }};
    base::WakeUp due_{io_.get_executor()};
    jobs::BestEffortSchedule schedule_{tasks_, memory_schedule_, due_};
    base::TaskGroup writes_{clock_,
                            [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); }};
    jobs::BatchedLedger ledger_{writes_, faulty_};
    jobs::Backlog backlog_{2};
    observability::MetricsRegistry metrics_;
    jobs::LandingWatch landings_{clock_, {.alarm = milliseconds(5'000)}, metrics_};
    /// No shorter: a sanitizer would make a minute of thousands of looks.
    jobs::StoreMonitor::Settings settings_{.interval = milliseconds(20)};
    std::optional<jobs::StoreMonitor> monitor_;
};

TEST_F(StoreMonitorTest, CountsAgainAndAgain) {
    start(milliseconds(0), 1);
    wait_for("relay_postgres_up 1");
    insert(1);
    wait_for("relay_queue_depth{status=\"queued\"} 1");
    insert(2);
    wait_for("relay_queue_depth{status=\"queued\"} 2");
    EXPECT_TRUE(backlog_.is_full());
}

TEST_F(StoreMonitorTest, RestsFromALongCountAndLooksMeanwhile) {
    start(milliseconds(20), 3'000); // a minute
    pass(clock_, milliseconds(30)); // the count's end
    insert(1);
    pass(clock_, milliseconds(7'500));
    EXPECT_EQ(overdue(), 7);
    EXPECT_EQ(plan_.calls("count"), 1U);
    EXPECT_TRUE(shows("relay_queue_depth{status=\"queued\"} 0"));
}

TEST_F(StoreMonitorTest, RestsNoLongerThanTheLongest) {
    settings_.longest_count_rest = milliseconds(10);
    start(milliseconds(5), 1'000'000);
    run_until(clock_, [&] { return plan_.calls("count") >= 3; });
}

TEST_F(StoreMonitorTest, SeesWhileItRestsThatTheLedgerGoesAndComes) {
    start(milliseconds(20), 3'000);
    wait_for("relay_postgres_up 1");
    memory_.set_away(true);
    wait_for("relay_postgres_up 0");
    memory_.set_away(false);
    wait_for("relay_postgres_up 1");
    memory_schedule_.set_away(true);
    wait_for("relay_redis_up 0");
    EXPECT_EQ(plan_.calls("count"), 1U);
}

TEST_F(StoreMonitorTest, ALedgerThatCannotBeCountedAnswersAllTheSame) {
    plan_.at(2, Fault::ErrorAfter); // the first look's count
    start(milliseconds(20), 3'000);
    run_until(clock_, [&] { return plan_.calls("walk") > 3; });
    EXPECT_TRUE(shows("relay_postgres_up 1"));
    EXPECT_EQ(plan_.calls("count"), 1U);
}

TEST_F(StoreMonitorTest, TellsTheAgeOfTheOldestAndTheFailedFromTheLedger) {
    insert(1);
    insert(2);
    const auto job = run_task(clock_, memory_.claim({make_job_id(1)}, std::chrono::hours(1))).at(0);
    start(milliseconds(0), 1);
    pass(clock_, milliseconds(4'500));
    EXPECT_EQ(seconds_of("relay_job_age_max_seconds"), 4); // processing, too
    EXPECT_FALSE(landings_.trouble());
    pass(clock_, milliseconds(2'000));
    EXPECT_TRUE(landings_.trouble());
    run_task(clock_, memory_.fail({{{job.id, job.lease}, {"proof_invalid", "no proof"}}}));
    memory_schedule_.forget_all(); // says nothing
    wait_for("relay_dead_letters 1");
    const auto other =
        run_task(clock_, memory_.claim({make_job_id(2)}, std::chrono::hours(1))).at(0);
    run_task(clock_, memory_.complete({{{other.id, other.lease}, make_signature(2), {1}}}));
    run_until(clock_, [&] { return !landings_.trouble(); });
    EXPECT_EQ(seconds_of("relay_job_age_max_seconds"), 0);
}

TEST_F(StoreMonitorTest, WhatIsAcceptedHereCountsBeforeTheNextCount) {
    insert(1);
    start(milliseconds(20), 3'000);
    wait_for("relay_queue_depth{status=\"queued\"} 1");
    EXPECT_FALSE(backlog_.is_full());
    backlog_.job_accepted();
    EXPECT_TRUE(backlog_.is_full());
}

TEST_F(StoreMonitorTest, NothingIsOverdueBeforeItsTime) {
    insert(1);
    auto claimed = run_task(clock_, memory_.claim({make_job_id(1)}, std::chrono::minutes(1)));
    jobs::GiveBack back;
    back.claim = {claimed.at(0).id, claimed.at(0).lease};
    back.delay = milliseconds(5'000);
    run_task(clock_, memory_.give_back({back}));
    start(milliseconds(0), 1);
    wait_for("relay_queue_depth{status=\"queued\"} 1");
    pass(clock_, milliseconds(4'900));
    EXPECT_TRUE(shows("relay_queue_oldest_due_seconds 0"));
    pass(clock_, milliseconds(1'200));
    EXPECT_EQ(overdue(), 1);
}

} // namespace
} // namespace relay::test
