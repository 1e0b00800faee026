// The contract suites on the fakes, so that the tests that use these stand on the same ground as
// the program on Postgres and Redis.

#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/retention_ledger.hpp"
#include "relay/jobs/schedule.hpp"
#include "support/base/manual_clock.hpp"
#include "support/jobs/ledger_contract.hpp"
#include "support/jobs/memory_ledger.hpp"
#include "support/jobs/memory_retention_ledger.hpp"
#include "support/jobs/memory_schedule.hpp"
#include "support/jobs/schedule_contract.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <memory>
#include <optional>

namespace relay::test {
namespace {

class MemoryStoreWorld final : public StoreWorld {
  public:
    jobs::Ledger& ledger() override { return ledger_; }
    jobs::Ledger& other() override { return other_; }
    void archive(jobs::JobId id) override { rows_.jobs.erase(id); }
    jobs::RetentionLedger& retention() override { return retention_; }
    void age(jobs::JobId id) override {
        auto& view = rows_.jobs.at(id).view;
        for (auto* time : {&view.created_at, &view.updated_at}) {
            *time -= std::chrono::days(1);
        }
        for (auto* time : {&view.started_at, &view.completed_at}) {
            *time = *time ? std::optional(**time - std::chrono::days(1)) : std::nullopt;
        }
    }
    void pass_a_moment() override { clock_.advance(std::chrono::milliseconds(1)); }

  private:
    boost::asio::io_context io_;
    ManualClock clock_{io_};
    MemoryRows rows_;
    MemoryRetentionLedger retention_{clock_, rows_};
    MemoryLedger ledger_{clock_, rows_};
    MemoryLedger other_{clock_, rows_};
};

class MemoryQueueWorld final : public QueueWorld {
  public:
    jobs::Schedule& schedule() override { return schedule_; }
    jobs::Schedule& other() override { return schedule_; }
    void pass_a_moment() override { clock_.advance(std::chrono::milliseconds(1)); }

  private:
    boost::asio::io_context io_;
    ManualClock clock_{io_};
    MemorySchedule schedule_{clock_};
};

INSTANTIATE_TEST_SUITE_P(Memory, LedgerContract,
                         testing::Values(StoreKind{
                             "Memory", [] { return std::make_unique<MemoryStoreWorld>(); }}),
                         [](const auto& instance) { return instance.param.name; });

INSTANTIATE_TEST_SUITE_P(Memory, ScheduleContract,
                         testing::Values(QueueKind{
                             "Memory", [] { return std::make_unique<MemoryQueueWorld>(); }}),
                         [](const auto& instance) { return instance.param.name; });

} // namespace
} // namespace relay::test
