#include "relay/jobs/landing_watch.hpp"

#include "relay/jobs/ledger.hpp"
#include "relay/observability/metrics.hpp"
#include "support/base/manual_clock.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <string>

namespace relay::test {
namespace {

using std::chrono::milliseconds;

class LandingWatchTest : public testing::Test {
  protected:
    /// One job, of that age.
    void count(milliseconds age) {
        jobs::JobCounts counts;
        counts.queued = 1;
        counts.oldest_age = counts.oldest_age_but_root = age;
        watch_.counted(counts);
    }

    boost::asio::io_context io_;
    ManualClock clock_{io_};
    observability::MetricsRegistry metrics_;
    jobs::LandingWatch watch_{clock_, {.alarm = milliseconds(1'000), .expiries = 3}, metrics_};
};

TEST_F(LandingWatchTest, AnOldJobIsTroubleUntilItIsGone) {
    count(milliseconds(1'000));
    EXPECT_FALSE(watch_.trouble());
    count(milliseconds(1'001));
    EXPECT_TRUE(watch_.trouble());
    watch_.landed(); // another one
    EXPECT_TRUE(watch_.trouble());
    count(milliseconds(5));
    EXPECT_FALSE(watch_.trouble());
}

TEST_F(LandingWatchTest, WhatWaitsForARootIsNobodysTrouble) {
    jobs::JobCounts counts;
    counts.queued = 1;
    counts.oldest_age = milliseconds(5'000);
    watch_.counted(counts);
    EXPECT_FALSE(watch_.trouble());
    EXPECT_NE(metrics_.text().find("relay_job_age_max_seconds 5"), std::string::npos);
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
    count(milliseconds(5));
    EXPECT_TRUE(watch_.trouble());
    watch_.landed();
    EXPECT_FALSE(watch_.trouble());
}

TEST_F(LandingWatchTest, WhereNothingIsLiveNothingIsLate) {
    for (int times = 0; times < 3; ++times) {
        watch_.expired();
    }
    EXPECT_TRUE(watch_.trouble());
    watch_.counted({});
    EXPECT_FALSE(watch_.trouble());
}

} // namespace
} // namespace relay::test
