// How many jobs may be claimed, as the chain and the jobs' own calls fare.

#include "relay/jobs/chain_monitor.hpp"

#include "relay/base/task_group.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/blockhash_cache.hpp"
#include "relay/solana/keypair.hpp"
#include "support/base/manual_clock.hpp"
#include "support/base/run_task.hpp"
#include "support/rpc/fake_chain.hpp"
#include "support/solana/relay_keypair.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <string_view>

namespace relay::test {
namespace {

using Claiming = jobs::ChainMonitor::Claiming;

class ChainMonitorTest : public testing::Test {
  protected:
    ~ChainMonitorTest() override {
        tasks_.cancel();
        run_task(clock_, tasks_.join());
    }

    void start() {
        tasks_.spawn("monitor", monitor_.run());
        run_until(clock_, [this] { return monitor_.balance().has_value(); });
    }

    boost::asio::io_context io_;
    ManualClock clock_{io_};
    const solana::Keypair payer_ = load_relay_keypair();
    FakeChain chain_;
    observability::MetricsRegistry metrics_;
    base::TaskGroup tasks_{clock_,
                           [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); }};
    base::WakeUp usable_{io_.get_executor()};
    rpc::BlockhashCache blockhashes_{clock_, chain_};
    jobs::ChainMonitor monitor_{clock_,
                                {.payer = payer_.address(),
                                 .min_balance = {10'000'000},
                                 .interval = std::chrono::milliseconds(1),
                                 .trial_interval = std::chrono::hours(1)},
                                chain_,
                                blockhashes_,
                                metrics_,
                                usable_};
};

TEST_F(ChainMonitorTest, WhileAllIsWellAsManyAsAreWanted) {
    start();
    EXPECT_EQ(monitor_.claiming(), Claiming::Any);
    EXPECT_EQ(monitor_.allowed(300), 300U);
    EXPECT_EQ(monitor_.allowed(0), 0U);
}

TEST_F(ChainMonitorTest, AfterAFailedSendOneJobTriesBeforeTheOthers) {
    start();
    monitor_.report_outage("the send failed");
    EXPECT_EQ(monitor_.claiming(), Claiming::None);
    EXPECT_EQ(monitor_.allowed(10), 0U);
    run_until(clock_, [this] { return monitor_.claiming() != Claiming::None; });
    EXPECT_EQ(monitor_.claiming(), Claiming::OneAtATime); // a good probe proves no send
    EXPECT_EQ(monitor_.allowed(0), 0U);                   // nobody to try it: the turn is kept
    EXPECT_EQ(monitor_.allowed(10), 1U);
    EXPECT_EQ(monitor_.allowed(10), 0U); // until the trial's interval is over
    monitor_.report_sent();
    EXPECT_EQ(monitor_.claiming(), Claiming::Any);
    EXPECT_EQ(monitor_.allowed(10), 10U);
    run_task(clock_, usable_.wait());
}

TEST_F(ChainMonitorTest, ATrialThatFailsShutsAgain) {
    start();
    monitor_.report_outage("the send failed");
    run_until(clock_, [this] { return monitor_.claiming() == Claiming::OneAtATime; });
    EXPECT_EQ(monitor_.allowed(10), 1U);
    monitor_.report_outage("the trial failed");
    EXPECT_EQ(monitor_.claiming(), Claiming::None);
    EXPECT_EQ(monitor_.rpc_trouble(), "the trial failed");
}

TEST_F(ChainMonitorTest, ALowPayerStopsClaimingUntilItIsFunded) {
    chain_.set_balance({9'999'999});
    start();
    EXPECT_TRUE(monitor_.payer_low());
    EXPECT_EQ(monitor_.allowed(10), 0U);
    chain_.set_balance({10'000'000});
    run_until(clock_, [this] { return monitor_.claiming() == Claiming::Any; });
    run_task(clock_, usable_.wait());
}

TEST_F(ChainMonitorTest, WithoutAnRpcNothingIsClaimedAndTheBalanceIsKept) {
    start();
    chain_.set_unavailable(true);
    run_until(clock_, [this] { return monitor_.claiming() == Claiming::None; });
    EXPECT_TRUE(monitor_.balance().has_value());
    EXPECT_FALSE(monitor_.payer_low());
    chain_.set_unavailable(false);
    run_until(clock_, [this] { return monitor_.claiming() == Claiming::Any; });
}

} // namespace
} // namespace relay::test
