#include "relay/jobs/landing_watch.hpp"

#include "relay/observability/metrics.hpp"
#include "support/base/manual_clock.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>

namespace relay::test {
namespace {

using std::chrono::milliseconds;

class LandingWatchTest : public testing::Test {
  protected:
    boost::asio::io_context io_;
    ManualClock clock_{io_};
    observability::MetricsRegistry metrics_;
    jobs::LandingWatch watch_{clock_, {.alarm = milliseconds(1'000), .expiries = 3}, metrics_};
};

TEST_F(LandingWatchTest, AnOldJobIsTroubleUntilItIsGone) {
    watch_.counted(1, milliseconds(1'000));
    EXPECT_FALSE(watch_.trouble());
    watch_.counted(1, milliseconds(1'001));
    EXPECT_TRUE(watch_.trouble());
    watch_.landed(); // another one
    EXPECT_TRUE(watch_.trouble());
    watch_.counted(1, milliseconds(5));
    EXPECT_FALSE(watch_.trouble());
}

TEST_F(LandingWatchTest, ExpiriesInARowAreTroubleUntilOneLands) {
    watch_.expired();
    watch_.expired();
    watch_.landed();
    watch_.expired();
    watch_.expired();
    EXPECT_FALSE(watch_.trouble());
    watch_.expired();
    EXPECT_TRUE(watch_.trouble());
    watch_.counted(1, milliseconds(5));
    EXPECT_TRUE(watch_.trouble());
    watch_.landed();
    EXPECT_FALSE(watch_.trouble());
}

TEST_F(LandingWatchTest, WhereNothingIsLiveNothingIsLate) {
    for (int times = 0; times < 3; ++times) {
        watch_.expired();
    }
    EXPECT_TRUE(watch_.trouble());
    watch_.counted(0, milliseconds(0));
    EXPECT_FALSE(watch_.trouble());
}

} // namespace
} // namespace relay::test
