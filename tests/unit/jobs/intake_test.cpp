// Which withdraws run from their acceptance on, and which are queued.

#include "relay/jobs/intake.hpp"

#include "relay/base/error.hpp"
#include "relay/base/signal.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/scheduler.hpp"
#include "relay/jobs/store.hpp"
#include "relay/jobs/worker.hpp"
#include "relay/solana/keypair.hpp"
#include "support/fault_plan.hpp"
#include "support/jobs.hpp"
#include "support/relay_keypair.hpp"
#include "support/relay_process.hpp"
#include "support/relay_world.hpp"
#include "support/run_task.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace relay::test {
namespace {

using jobs::InsertOutcome;
using jobs::JobStatus;
using std::chrono::milliseconds;

/// More than one claim may fill, so that looks at the schedule, which are many here, leave room.
constexpr std::uint32_t kSlots = 300;

class IntakeTest : public testing::Test {
  protected:
    static ProcessSettings settings() {
        auto settings = RelayWorld::quick_settings();
        settings.worker.max_concurrent_jobs = kSlots;
        return settings;
    }

    ~IntakeTest() override {
        if (world_.process) {
            run_task(io_, world_.kill());
        }
    }

    /// A relay that has looked at the schedule and found nothing. Its slots are long enough for
    /// the blockhash of the start to be fresh still, however slow the machine.
    void start_idle() {
        world_.chain.set_slot_time(std::chrono::milliseconds(200));
        world_.start();
        ASSERT_TRUE(live_until([this] { return worker().has_room(); }));
    }

    bool live_until(std::function<bool()> done, std::size_t beats = 5'000) {
        return run_task(io_, world_.live_until(std::move(done), beats));
    }

    jobs::Worker& worker() { return world_.process->worker(); }

    InsertOutcome accept(std::uint32_t number) {
        return run_task(io_, world_.process->intake().accept(make_withdraw(number)));
    }

    MemoryRows::Row& row(const InsertOutcome& outcome) { return world_.rows.jobs.at(outcome.id); }

    /// How many were not born with a lease: those were claimed since, by one of the store's.
    std::size_t queued_at_first() const {
        return static_cast<std::size_t>(
            std::ranges::count_if(world_.rows.jobs, [](const auto& entry) {
                return entry.second.lease != jobs::Lease{entry.first.bytes};
            }));
    }

    /// To a relay that is idle, whose jobs come to no end as long as the chain drops everything.
    void post_to_a_dropping_chain(std::uint32_t withdraws) {
        world_.chain.set_dropping(true);
        for (std::uint32_t number = 1; number <= withdraws; ++number) {
            world_.post(number);
        }
        ASSERT_TRUE(live_until([&] { return world_.rows.jobs.size() == withdraws; }));
    }

    bool was_called(const std::string& name) {
        return world_.plan->trace().find(name) != std::string::npos;
    }

    boost::asio::io_context io_;
    const solana::Keypair payer_ = load_relay_keypair();
    RelayWorld world_{io_, payer_, settings()};
    base::Signal due_{io_.get_executor()};
    base::TaskGroup writes_{io_.get_executor(), [](auto, auto) { ADD_FAILURE(); }};
};

TEST_F(IntakeTest, AnIdleRelayRunsWhatItAcceptsWithoutAClaimOrASaveOfItsOwn) {
    start_idle();
    const auto outcome = accept(1);
    EXPECT_EQ(outcome.kind, InsertOutcome::Kind::Accepted);
    EXPECT_EQ(row(outcome).view.status, JobStatus::Processing);
    ASSERT_TRUE(row(outcome).transaction.has_value());
    EXPECT_EQ(worker().in_flight(), 1U);
    ASSERT_TRUE(live_until([&] { return row(outcome).view.status == JobStatus::Completed; }));
    EXPECT_EQ(world_.chain.taken().size(), 1U);
    EXPECT_EQ(row(outcome).view.tx_id, world_.chain.taken().begin()->first);
    EXPECT_FALSE(was_called("claim")) << world_.plan->trace();
    EXPECT_FALSE(was_called("save")) << world_.plan->trace();
    EXPECT_TRUE(live_until([this] { return worker().in_flight() == 0; }));
}

TEST_F(IntakeTest, HeadStartsTakeNoMoreSlotsThanThereAre) {
    start_idle();
    post_to_a_dropping_chain(kSlots + 20);
    live_until([] { return false; }, 50);
    EXPECT_EQ(worker().in_flight(), kSlots);
    EXPECT_EQ(run_task(io_, world_.store.count()).processing, kSlots);
    world_.chain.set_dropping(false);
    ASSERT_TRUE(live_until([this] { return world_.all_final(); }));
}

TEST_F(IntakeTest, WhoComesWhileOthersWaitForASlotQueuesBehindThem) {
    start_idle();
    post_to_a_dropping_chain(kSlots + 1);
    live_until([] { return false; }, 20);
    EXPECT_FALSE(worker().has_room());
    const auto late = accept(kSlots + 2);
    EXPECT_EQ(row(late).view.status, JobStatus::Queued);
    world_.chain.set_dropping(false);
    ASSERT_TRUE(live_until([&] { return row(late).view.status == JobStatus::Completed; }));
    ASSERT_TRUE(live_until([this] { return world_.all_final() && worker().has_room(); }));
    EXPECT_EQ(row(accept(kSlots + 3)).view.status, JobStatus::Processing);
}

TEST_F(IntakeTest, OfACrowdTheLaterOnesAreQueued) {
    start_idle();
    constexpr std::uint32_t kCrowd = 100;
    post_to_a_dropping_chain(kCrowd);
    EXPECT_GT(queued_at_first(), 0U);
    EXPECT_LT(queued_at_first(), kCrowd);
    world_.chain.set_dropping(false);
    ASSERT_TRUE(live_until([this] { return world_.all_final(); }));
}

TEST_F(IntakeTest, NothingIsClaimedByAPausedRelay) {
    start_idle();
    worker().set_paused(true);
    const auto outcome = accept(1);
    EXPECT_EQ(row(outcome).view.status, JobStatus::Queued);
    worker().set_paused(false);
    EXPECT_TRUE(live_until([&] { return row(outcome).view.status == JobStatus::Completed; }));
}

TEST_F(IntakeTest, WithoutAnRpcItIsQueued) {
    start_idle();
    world_.chain.set_unavailable(true);
    ASSERT_TRUE(live_until([this] { return worker().trouble().has_value(); }));
    const auto outcome = accept(1);
    EXPECT_EQ(row(outcome).view.status, JobStatus::Queued);
    EXPECT_FALSE(row(outcome).transaction.has_value());
}

TEST_F(IntakeTest, AnInstanceWithoutAWorkerQueuesEverything) {
    start_idle();
    jobs::Scheduler scheduler(writes_, world_.queue, due_);
    jobs::Intake intake(world_.process->ledger(), scheduler, nullptr);
    const auto outcome = run_task(io_, intake.accept(make_withdraw(1)));
    run_task(io_, writes_.join());
    EXPECT_EQ(outcome.status, JobStatus::Queued);
    EXPECT_TRUE(live_until([&] { return row(outcome).view.status == JobStatus::Completed; }));
}

TEST_F(IntakeTest, ADuplicateTakesNoSlotAndIsNotSent) {
    start_idle();
    const auto first = accept(1);
    const auto second = accept(1);
    EXPECT_EQ(second.kind, InsertOutcome::Kind::Duplicate);
    EXPECT_EQ(second.id, first.id);
    EXPECT_LE(worker().in_flight(), 1U);
    ASSERT_TRUE(live_until([&] { return row(first).view.status == JobStatus::Completed; }));
    EXPECT_EQ(world_.chain.taken().size(), 1U);
    EXPECT_TRUE(live_until([this] { return worker().in_flight() == 0; }));
}

TEST_F(IntakeTest, ALedgerThatCannotBeReachedCostsNoSlot) {
    start_idle();
    world_.store.set_away(true);
    EXPECT_THROW(accept(1), base::Outage);
    EXPECT_EQ(worker().in_flight(), 0U);
    EXPECT_TRUE(world_.chain.taken().empty());
}

// The commit came, and with it the end of the process.
TEST_F(IntakeTest, AtTheEndAHeadStartIsGivenBackUnsent) {
    start_idle();
    auto job = make_new_job(1);
    auto slot = worker().give_head_start(job);
    ASSERT_TRUE(slot.has_value());
    run_task(io_, world_.store.insert({job}));
    run_task(io_, world_.shut_down());
    EXPECT_EQ(world_.rows.jobs.at(job.id).view.status, JobStatus::Queued); // as all that are listed
    run_task(io_, worker().start(job, std::move(*slot), milliseconds(1)));
    EXPECT_TRUE(world_.chain.taken().empty());
    ASSERT_TRUE(live_until([&] { return world_.queue.is_scheduled(job.id); }));
    world_.process.reset();
    world_.start();
    ASSERT_TRUE(live_until(
        [&] { return world_.rows.jobs.at(job.id).view.status == JobStatus::Completed; }));
    EXPECT_EQ(world_.chain.taken().size(), 1U);
}

TEST_F(IntakeTest, AHeadStartCommittedAfterTheReleaseIsGivenBackToo) {
    start_idle();
    auto job = make_new_job(1);
    auto slot = worker().give_head_start(job);
    ASSERT_TRUE(slot.has_value());
    run_task(io_, world_.shut_down());
    run_task(io_, world_.store.insert({job}));
    run_task(io_, worker().start(job, std::move(*slot), milliseconds(1)));
    EXPECT_EQ(world_.rows.jobs.at(job.id).view.status, JobStatus::Queued);
    EXPECT_TRUE(world_.chain.taken().empty());
    EXPECT_TRUE(live_until([&] { return world_.queue.is_scheduled(job.id); }));
}

} // namespace
} // namespace relay::test
