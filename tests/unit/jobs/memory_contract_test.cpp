// The contract suites on the fakes, so that the tests that use these stand on the same ground as
// the program on Postgres and Redis.

#include "relay/jobs/job.hpp"
#include "relay/jobs/queue.hpp"
#include "relay/jobs/store.hpp"
#include "support/job_queue_contract.hpp"
#include "support/job_store_contract.hpp"
#include "support/manual_clock.hpp"
#include "support/memory_job_queue.hpp"
#include "support/memory_job_store.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

namespace relay::test {
namespace {

class MemoryStoreWorld final : public StoreWorld {
  public:
    jobs::JobStore& store() override { return store_; }
    jobs::JobStore& other() override { return other_; }
    void archive(jobs::JobId id) override { rows_.jobs.erase(id); }
    void pass_a_moment() override { clock_.advance(std::chrono::milliseconds(1)); }

  private:
    ManualClock clock_;
    MemoryRows rows_;
    MemoryJobStore store_{clock_, rows_};
    MemoryJobStore other_{clock_, rows_};
};

class MemoryQueueWorld final : public QueueWorld {
  public:
    jobs::JobQueue& queue() override { return queue_; }
    jobs::JobQueue& other() override { return queue_; }
    void pass_a_moment() override { clock_.advance(std::chrono::milliseconds(1)); }

  private:
    ManualClock clock_;
    MemoryJobQueue queue_{clock_};
};

INSTANTIATE_TEST_SUITE_P(Memory, JobStoreContract,
                         testing::Values(StoreKind{
                             "Memory", [] { return std::make_unique<MemoryStoreWorld>(); }}),
                         [](const auto& instance) { return instance.param.name; });

INSTANTIATE_TEST_SUITE_P(Memory, JobQueueContract,
                         testing::Values(QueueKind{
                             "Memory", [] { return std::make_unique<MemoryQueueWorld>(); }}),
                         [](const auto& instance) { return instance.param.name; });

} // namespace
} // namespace relay::test
