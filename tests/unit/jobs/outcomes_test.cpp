// Who is woken by a job's outcome, and what becomes of waiters where the wire is lost.

#include "relay/jobs/outcomes.hpp"

#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/jobs/job.hpp"
#include "relay/observability/metrics.hpp"
#include "support/base/manual_clock.hpp"
#include "support/base/run_task.hpp"
#include "support/jobs/jobs.hpp"
#include "support/jobs/memory_outcome_wire.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <string_view>
#include <vector>

namespace relay::test {
namespace {

using jobs::Outcomes;
using std::chrono::milliseconds;
using std::chrono::seconds;

class OutcomesTest : public testing::Test {
  protected:
    ~OutcomesTest() override {
        services_.cancel();
        run_task(clock_, services_.join());
        run_task(clock_, writes_.join());
    }

    void start() {
        services_.spawn_loop("outcomes", [this] { return outcomes_.run(); });
    }
    void pass(milliseconds time) { run_task(clock_, clock_.sleep_for(time)); }

    /// How long the waiter waited, `most` at most.
    milliseconds waits(Outcomes::Waiter& waiter, milliseconds most = seconds(10)) {
        const auto began = clock_.now();
        run_task(clock_, waiter.wake.wait_for(clock_, most));
        return std::chrono::floor<milliseconds>(clock_.now() - began);
    }

    boost::asio::io_context io_;
    ManualClock clock_{io_};
    observability::MetricsRegistry metrics_;
    MemoryOutcomeWire wire_{clock_};
    base::TaskGroup writes_{clock_,
                            [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); }};
    base::TaskGroup services_{clock_,
                              [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); }};
    Outcomes outcomes_{clock_, writes_, &wire_, metrics_};
};

TEST_F(OutcomesTest, WakeAllWhoWaitForTheJobAndNobodyElse) {
    Outcomes::Waiter one(outcomes_, make_job_id(1));
    Outcomes::Waiter same(outcomes_, make_job_id(1));
    Outcomes::Waiter other(outcomes_, make_job_id(2));
    outcomes_.announce(make_job_id(1));
    EXPECT_EQ(waits(one), milliseconds(0)); // also where it came before the wait
    EXPECT_EQ(waits(same), milliseconds(0));
    EXPECT_EQ(waits(other), seconds(10));
    outcomes_.wake_all();
    EXPECT_EQ(waits(other), milliseconds(0));
}

TEST_F(OutcomesTest, AreToldToOthersTogether) {
    for (const auto number : {1U, 2U, 3U}) {
        outcomes_.announce(make_job_id(number));
    }
    pass(milliseconds(50));
    const std::vector<std::vector<jobs::JobId>> told{
        {make_job_id(1), make_job_id(2), make_job_id(3)}};
    EXPECT_EQ(wire_.told(), told);
    wire_.set_cut(true);
    outcomes_.announce(make_job_id(4)); // is lost: nobody minds
    pass(milliseconds(50));
    wire_.set_cut(false);
    outcomes_.announce(make_job_id(5));
    pass(milliseconds(50));
    EXPECT_EQ(wire_.told().back(), std::vector{make_job_id(5)});
}

TEST_F(OutcomesTest, AreHeardOfFromOthers) {
    EXPECT_EQ(outcomes_.time_between_looks(), seconds(1));
    start();
    pass(milliseconds(10));
    EXPECT_EQ(outcomes_.time_between_looks(), seconds(3));
    Outcomes::Waiter waiter(outcomes_, make_job_id(1));
    wire_.bring(make_job_id(2));
    wire_.bring(make_job_id(1));
    EXPECT_LE(waits(waiter), milliseconds(5));
}

TEST_F(OutcomesTest, AreLookedForMoreOftenWhileTheWireIsLost) {
    start();
    pass(milliseconds(10));
    wire_.set_cut(true);
    pass(milliseconds(10));
    EXPECT_EQ(outcomes_.time_between_looks(), seconds(1));
    EXPECT_NE(metrics_.text().find("relay_outcomes_listening 0"), std::string::npos);
    pass(seconds(5));
    wire_.set_cut(false);
    pass(seconds(2));
    EXPECT_EQ(outcomes_.time_between_looks(), seconds(3));
    EXPECT_GE(wire_.listens(), 5U);
    EXPECT_LE(wire_.listens(), 8U);
}

} // namespace
} // namespace relay::test
