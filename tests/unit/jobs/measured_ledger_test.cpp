#include "relay/jobs/measured_ledger.hpp"

#include "relay/base/error.hpp"
#include "relay/observability/metrics.hpp"
#include "support/base/manual_clock.hpp"
#include "support/base/run_task.hpp"
#include "support/jobs/fault_plan.hpp"
#include "support/jobs/jobs.hpp"
#include "support/jobs/memory_ledger.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

namespace relay::test {
namespace {

class MeasuredLedgerTest : public testing::Test {
  protected:
    bool shows(const std::string& line) const {
        return ("\n" + metrics_.text()).contains("\n" + line + "\n");
    }

    boost::asio::io_context io_;
    ManualClock clock_{io_};
    MemoryRows rows_;
    MemoryLedger memory_{clock_, rows_};
    observability::MetricsRegistry metrics_;
};

TEST_F(MeasuredLedgerTest, CountsCallsAndFailuresByKind) {
    FaultPlan plan;
    plan.at(2, Fault::ErrorBefore);
    FaultyLedger faulty(memory_, plan);
    const auto ledger = jobs::measured(clock_, faulty, metrics_);
    EXPECT_TRUE(shows("relay_ledger_call_seconds_count{kind=\"insert\"} 0"));
    EXPECT_TRUE(shows("relay_ledger_failures_total{kind=\"insert\"} 0"));
    EXPECT_FALSE(metrics_.text().contains("relay_last_good_read_age_seconds{"));
    run_task(clock_, ledger->insert({make_new_job(1)}));
    EXPECT_TRUE(shows("relay_ledger_call_seconds_count{kind=\"insert\"} 1"));
    EXPECT_TRUE(shows("relay_ledger_failures_total{kind=\"insert\"} 0"));
    EXPECT_TRUE(
        metrics_.text().contains("relay_last_good_read_age_seconds{dependency=\"postgres\"}"));
    EXPECT_THROW(run_task(clock_, ledger->insert({make_new_job(2)})), base::Outage);
    EXPECT_TRUE(shows("relay_ledger_call_seconds_count{kind=\"insert\"} 2"));
    EXPECT_TRUE(shows("relay_ledger_failures_total{kind=\"insert\"} 1"));
    EXPECT_TRUE(shows("relay_ledger_calls_in_flight 0"));
}

} // namespace
} // namespace relay::test
