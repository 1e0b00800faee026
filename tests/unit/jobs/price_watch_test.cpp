#include "relay/jobs/price_watch.hpp"

#include "relay/base/task_group.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/solana/units.hpp"
#include "support/base/manual_clock.hpp"
#include "support/base/run_task.hpp"
#include "support/rpc/fake_chain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <string_view>

namespace relay::test {
namespace {

using solana::UnitPrice;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

class PriceWatchTest : public testing::Test {
  protected:
    PriceWatchTest() { tasks_.spawn("prices", prices_.run()); }
    ~PriceWatchTest() override {
        tasks_.cancel();
        run_task(clock_, tasks_.join());
    }

    void market(std::uint64_t price) { chain_.set_prices({{{1}, {price}}}); }
    std::optional<UnitPrice> bid() { return prices_.bid_now(std::nullopt); }

    boost::asio::io_context io_;
    ManualClock clock_{io_};
    FakeChain chain_;
    observability::MetricsRegistry metrics_;
    base::TaskGroup tasks_{clock_,
                           [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); }};
    jobs::PriceWatch prices_{{}, {}, clock_, chain_, metrics_};
};

TEST_F(PriceWatchTest, FollowsTheMarketWhileThereIsWork) {
    market(50'001);
    pass(clock_, seconds(1));
    EXPECT_EQ(bid(), UnitPrice{62'000});
    market(500'001);
    pass(clock_, milliseconds(850));
    EXPECT_EQ(bid(), UnitPrice{620'000});
    EXPECT_THAT(metrics_.text(), HasSubstr("relay_compute_unit_price_bid 620000\n"));
    EXPECT_THAT(metrics_.text(), HasSubstr("relay_compute_unit_price_market 500001\n"));
}

TEST_F(PriceWatchTest, LooksBeforeItsFirstBid) {
    market(50'001);
    EXPECT_EQ(bid(), std::nullopt);
    EXPECT_EQ(run_task(clock_, prices_.bid(std::nullopt)), UnitPrice{62'000});
    EXPECT_EQ(bid(), UnitPrice{62'000});
}

TEST_F(PriceWatchTest, LooksSeldomWhileThereIsNone) {
    pass(clock_, seconds(60));
    const auto calls = chain_.calls("recent_prices");
    EXPECT_LE(calls, 8U);
    bid();
    pass(clock_, seconds(1));
    EXPECT_GE(chain_.calls("recent_prices"), calls + 2);
}

TEST_F(PriceWatchTest, BidsNothingWhileTheMarketIsAboveTheCap) {
    market(2'000'001);
    pass(clock_, seconds(1));
    EXPECT_EQ(bid(), std::nullopt);
    EXPECT_THAT(metrics_.text(), HasSubstr("relay_compute_unit_price_above_cap 1\n"));
    market(100'001);
    pass(clock_, seconds(1));
    EXPECT_EQ(bid(), UnitPrice{120'000});
    EXPECT_THAT(metrics_.text(), HasSubstr("relay_compute_unit_price_above_cap 0\n"));
}

TEST_F(PriceWatchTest, BidsTheFloorWhileNobodyTells) {
    chain_.set_unavailable(true);
    pass(clock_, seconds(60));
    EXPECT_EQ(bid(), UnitPrice{10'000});
    EXPECT_THAT(metrics_.text(), Not(HasSubstr("relay_compute_unit_price_market ")));
}

} // namespace
} // namespace relay::test
