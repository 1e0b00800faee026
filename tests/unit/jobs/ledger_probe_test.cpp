#include "relay/jobs/ledger_probe.hpp"

#include "relay/base/task_group.hpp"
#include "relay/jobs/batched_ledger.hpp"
#include "relay/observability/metrics.hpp"
#include "support/base/manual_clock.hpp"
#include "support/base/run_task.hpp"
#include "support/jobs/memory_ledger.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <string>
#include <string_view>

namespace relay::test {
namespace {

using std::chrono::milliseconds;

class LedgerProbeTest : public testing::Test {
  protected:
    LedgerProbeTest() { tasks_.spawn("probe", probe_.run()); }
    ~LedgerProbeTest() override {
        tasks_.cancel();
        run_task(clock_, tasks_.join());
        run_task(clock_, writes_.join());
    }

    bool writable() const {
        return metrics_.text().find("\nrelay_postgres_writable 1\n") != std::string::npos;
    }
    void wait_until(bool is_writable) {
        run_until(clock_, [&] { return writable() == is_writable; });
    }

    boost::asio::io_context io_;
    ManualClock clock_{io_};
    MemoryRows rows_;
    MemoryLedger memory_{clock_, rows_};
    base::TaskGroup tasks_{clock_,
                           [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); }};
    base::TaskGroup writes_{clock_,
                            [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); }};
    jobs::BatchedLedger ledger_{writes_, memory_};
    observability::MetricsRegistry metrics_;
    jobs::LedgerProbe probe_{clock_, {}, writes_, ledger_, metrics_};
};

TEST_F(LedgerProbeTest, IsNotSureBeforeTheFirstAnswer) {
    EXPECT_TRUE(probe_.trouble());
    wait_until(true);
    EXPECT_FALSE(probe_.trouble());
}

TEST_F(LedgerProbeTest, WhateverAProbeThrowsIsTroubleWithItsWords) {
    wait_until(true);
    memory_.set_probe_fault("no right on that table");
    const auto began = clock_.now();
    wait_until(false);
    EXPECT_LE(clock_.now() - began, milliseconds(2'000));
    EXPECT_EQ(probe_.trouble().value_or(""), "no right on that table");
    EXPECT_TRUE(probe_.is_refused());
    memory_.set_probe_fault({});
    wait_until(true);
    EXPECT_FALSE(probe_.trouble());
    memory_.set_away(true);
    wait_until(false);
    EXPECT_FALSE(probe_.is_refused());
    memory_.set_away(false);
    wait_until(true);
}

TEST_F(LedgerProbeTest, ACommitThatWaitsIsTroubleAndStaysItWhenItEndsLate) {
    wait_until(true);
    memory_.set_probe_takes(milliseconds(6'000));
    const auto began = clock_.now();
    wait_until(false);
    EXPECT_LE(clock_.now() - began, milliseconds(2'000));
    for (int beat = 0; beat < 30; ++beat) { // over several that end
        pass(clock_, milliseconds(1'000));
        ASSERT_FALSE(writable());
    }
    memory_.set_probe_takes(milliseconds(1'000)); // slow, and in time
    wait_until(true);
}

} // namespace
} // namespace relay::test
