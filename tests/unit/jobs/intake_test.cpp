// Which withdraws run from their acceptance on, and which are queued.

#include "relay/jobs/intake.hpp"

#include "relay/base/client_key.hpp"
#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/jobs/engine.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/worker.hpp"
#include "relay/solana/keypair.hpp"
#include "support/base/manual_clock.hpp"
#include "support/base/run_task.hpp"
#include "support/jobs/fault_plan.hpp"
#include "support/jobs/jobs.hpp"
#include "support/jobs/relay_process.hpp"
#include "support/jobs/relay_world.hpp"
#include "support/solana/relay_keypair.hpp"

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

using jobs::Acceptance;
using jobs::JobStatus;
using std::chrono::milliseconds;

/// More than one claim may fill, so that looks at the schedule, which are many here, leave room.
constexpr std::uint32_t kPlaces = 300;

class IntakeTest : public testing::Test {
  protected:
    static jobs::Engine::Settings settings() {
        auto settings = RelayWorld::quick_settings();
        settings.claims.places = kPlaces;
        return settings;
    }

    ~IntakeTest() override {
        if (world_.process) {
            run_task(clock_, world_.kill());
        }
    }

    /// A relay that has looked at the schedule and found nothing.
    void start_idle() {
        world_.start();
        ASSERT_TRUE(live_until([this] { return worker().has_room(); }));
    }

    bool live_until(std::function<bool()> done, std::size_t beats = 5'000) {
        return run_task(clock_, world_.live_until(std::move(done), beats));
    }

    jobs::Worker& worker() { return world_.process->worker(); }

    Acceptance accept(std::uint32_t number) {
        return run_task(clock_,
                        world_.process->intake().accept(make_withdraw(number), base::ClientKey()));
    }

    MemoryRows::Row& row(const Acceptance& outcome) { return world_.rows.jobs.at(outcome.id); }

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
    ManualClock clock_{io_};
    const solana::Keypair payer_ = load_relay_keypair();
    RelayWorld world_{clock_, payer_, settings()};
};

TEST_F(IntakeTest, AnIdleRelayRunsWhatItAcceptsWithoutAClaimOrASaveOfItsOwn) {
    start_idle();
    const auto outcome = accept(1);
    EXPECT_EQ(outcome.kind, Acceptance::Kind::Accepted);
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

// The ledger takes the withdraw itself, but not what comes of it.
TEST_F(IntakeTest, WhatCouldNotBeSettledIsNotAccepted) {
    world_.ledger.set_probe_fault("no right on that table");
    start_idle();
    const auto& probe = world_.process->engine().probe();
    ASSERT_TRUE(live_until([&] { return probe.is_refused(); }));
    EXPECT_THROW(accept(1), jobs::LedgerRefusal);
    EXPECT_TRUE(world_.rows.jobs.empty());
}

TEST_F(IntakeTest, HeadStartsTakeNoMorePlacesThanThereAre) {
    start_idle();
    post_to_a_dropping_chain(kPlaces + 20);
    live_until([] { return false; }, 50);
    EXPECT_EQ(worker().in_flight(), kPlaces);
    EXPECT_EQ(run_task(clock_, world_.ledger.count()).processing, kPlaces);
    world_.chain.set_dropping(false);
    ASSERT_TRUE(live_until([this] { return world_.all_final(); }));
}

TEST_F(IntakeTest, WhoComesWhileOthersWaitForAPlaceQueuesBehindThem) {
    start_idle();
    post_to_a_dropping_chain(kPlaces + 1);
    live_until([] { return false; }, 20);
    EXPECT_FALSE(worker().has_room());
    const auto late = accept(kPlaces + 2);
    EXPECT_EQ(row(late).view.status, JobStatus::Queued);
    world_.chain.set_dropping(false);
    ASSERT_TRUE(live_until([&] { return row(late).view.status == JobStatus::Completed; }));
    ASSERT_TRUE(live_until([this] { return world_.all_final() && worker().has_room(); }));
    EXPECT_EQ(row(accept(kPlaces + 3)).view.status, JobStatus::Processing);
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

TEST_F(IntakeTest, AnInstanceWithoutPlacesQueuesEverything) {
    start_idle();
    auto settings = RelayWorld::quick_settings();
    settings.claims.places = 0;
    RelayProcess accepting(clock_, payer_, world_.ledger, world_.schedule, world_.chain, settings);
    accepting.start();
    const auto outcome =
        run_task(clock_, accepting.intake().accept(make_withdraw(1), base::ClientKey()));
    EXPECT_EQ(row(outcome).view.status, JobStatus::Queued);
    EXPECT_TRUE(live_until([&] { return row(outcome).view.status == JobStatus::Completed; }));
    run_task(clock_, accepting.shut_down());
}

TEST_F(IntakeTest, ARelayThatShutsDownAcceptsNothing) {
    start_idle();
    run_task(clock_, world_.shut_down());
    EXPECT_EQ(accept(1).kind, Acceptance::Kind::ShuttingDown);
    EXPECT_TRUE(world_.rows.jobs.empty());
}

TEST_F(IntakeTest, ADuplicateTakesNoPlaceAndIsNotSent) {
    start_idle();
    const auto first = accept(1);
    const auto second = accept(1);
    EXPECT_EQ(second.kind, Acceptance::Kind::Duplicate);
    EXPECT_EQ(second.id, first.id);
    EXPECT_LE(worker().in_flight(), 1U);
    ASSERT_TRUE(live_until([&] { return row(first).view.status == JobStatus::Completed; }));
    EXPECT_EQ(world_.chain.taken().size(), 1U);
    EXPECT_TRUE(live_until([this] { return worker().in_flight() == 0; }));
}

TEST_F(IntakeTest, ALedgerThatCannotBeReachedCostsNoPlace) {
    start_idle();
    world_.ledger.set_away(true);
    EXPECT_THROW(accept(1), base::Outage);
    EXPECT_EQ(worker().in_flight(), 0U);
    EXPECT_TRUE(world_.chain.taken().empty());
}

TEST_F(IntakeTest, AFullBacklogTakesNoMoreAndCountsWhatItTook) {
    auto settings = RelayWorld::quick_settings();
    settings.max_backlog = 2;
    world_.chain.set_dropping(true);
    RelayProcess process(clock_, payer_, world_.ledger, world_.schedule, world_.chain, settings);
    const auto post = [&](std::uint32_t number) {
        return run_task(clock_, process.intake().accept(make_withdraw(number), base::ClientKey()))
            .kind;
    };
    EXPECT_EQ(post(1), Acceptance::Kind::Accepted);
    EXPECT_EQ(post(1), Acceptance::Kind::Duplicate);
    EXPECT_EQ(post(2), Acceptance::Kind::Accepted);
    EXPECT_EQ(post(3), Acceptance::Kind::BacklogFull);
    EXPECT_EQ(world_.rows.jobs.size(), 2U);
    run_task(clock_, process.shut_down());
}

/// A head start whose commit is answered when the end has begun already.
class LateCommitTest : public IntakeTest {
  protected:
    void accept_as_the_end_begins(base::TaskGroup& clients) {
        start_idle();
        world_.ledger.set_insert_answer(&commit_);
        clients.spawn("client", post(this));
        ASSERT_TRUE(live_until([this] { return !world_.rows.jobs.empty(); }));
    }

    static base::Task<void> post(LateCommitTest* test) {
        auto& intake = test->world_.process->intake();
        test->told_ = co_await intake.accept(make_withdraw(1), base::ClientKey());
    }

    MemoryRows::Row& row() { return world_.rows.jobs.begin()->second; }

    base::WakeUp commit_{io_.get_executor()};
    std::optional<Acceptance> told_;
};

// What is in flight was given back, with this one, before its commit was answered.
TEST_F(LateCommitTest, TheJobIsGivenBackUnsentAndRunByTheNextProcess) {
    base::TaskGroup clients(clock_, [](auto, auto) { ADD_FAILURE(); });
    accept_as_the_end_begins(clients);
    EXPECT_EQ(row().view.status, JobStatus::Processing);
    auto& engine = world_.process->engine();
    run_task(clock_, engine.end_jobs(milliseconds(0)));
    EXPECT_EQ(row().view.status, JobStatus::Queued);
    commit_.notify();
    run_task(clock_, clients.join());
    EXPECT_EQ(told_.value().kind, Acceptance::Kind::Accepted);
    run_task(clock_, engine.end_services());
    EXPECT_TRUE(world_.chain.taken().empty());
    EXPECT_TRUE(world_.schedule.is_scheduled(told_->id));
    world_.ledger.set_insert_answer(nullptr);
    world_.process.reset();
    world_.start();
    ASSERT_TRUE(live_until([this] { return row().view.status == JobStatus::Completed; }));
    EXPECT_EQ(world_.chain.taken().size(), 1U);
}

// The ledger was away as the rest was given back: this one is given back by itself.
TEST_F(LateCommitTest, TheJobIsGivenBackByItselfWhereTheRestCouldNotBe) {
    base::TaskGroup clients(clock_, [](auto, auto) { ADD_FAILURE(); });
    accept_as_the_end_begins(clients);
    auto& engine = world_.process->engine();
    world_.ledger.set_away(true);
    run_task(clock_, engine.end_jobs(milliseconds(0)));
    EXPECT_EQ(row().view.status, JobStatus::Processing);
    world_.ledger.set_away(false);
    commit_.notify();
    run_task(clock_, clients.join());
    run_task(clock_, engine.end_services());
    EXPECT_EQ(row().view.status, JobStatus::Queued);
    EXPECT_TRUE(world_.chain.taken().empty());
    EXPECT_TRUE(world_.schedule.is_scheduled(told_.value().id));
}

} // namespace
} // namespace relay::test
