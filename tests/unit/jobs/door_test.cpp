// What a client hears at the door, and that nothing less than proof refuses anybody.

#include "relay/jobs/door.hpp"

#include "relay/base/client_key.hpp"
#include "relay/base/encoding.hpp"
#include "relay/jobs/engine.hpp"
#include "relay/jobs/intake.hpp"
#include "relay/jobs/job.hpp"
#include "relay/solana/keypair.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/units.hpp"
#include "support/base/manual_clock.hpp"
#include "support/base/run_task.hpp"
#include "support/jobs/fault_plan.hpp"
#include "support/jobs/relay_process.hpp"
#include "support/jobs/relay_world.hpp"
#include "support/rpc/fake_chain.hpp"
#include "support/solana/relay_keypair.hpp"
#include "support/solana/samples.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace relay::test {
namespace {

using jobs::Acceptance;
using jobs::JobStatus;
using std::chrono::milliseconds;
using Kind = Acceptance::Kind;

class DoorTest : public testing::Test {
  protected:
    ~DoorTest() override {
        if (world_.process) {
            run_task(clock_, world_.kill());
        }
    }

    /// A relay that has read a pool with the roots of the first ten withdraws.
    void start_watching() {
        std::vector<solana::Hash> roots;
        for (std::uint32_t number = 1; number <= 10; ++number) {
            roots.push_back(make_withdraw(number).root);
        }
        world_.chain.open_pool(vector_plan(), std::move(roots));
        world_.start();
        ASSERT_TRUE(live_until(
            [this] { return worker_has_room() && world_.plan->calls("minimum_balance") > 0; }));
    }

    bool worker_has_room() { return world_.process->worker().has_room(); }

    bool live_until(std::function<bool()> done, std::size_t beats = 5'000) {
        return run_task(clock_, world_.live_until(std::move(done), beats));
    }

    void live(std::size_t beats) {
        live_until([] { return false; }, beats);
    }

    Acceptance accept(const solana::Withdraw& withdraw) {
        return run_task(clock_, world_.process->intake().accept(withdraw, base::ClientKey()));
    }

    bool becomes(const jobs::JobId& id, JobStatus status) {
        return live_until([&] { return row(id).view.status == status; });
    }

    MemoryRows::Row& row(const jobs::JobId& id) { return world_.rows.jobs.at(id); }
    bool has_transaction(const jobs::JobId& id) { return !row(id).signatures.empty(); }

    /// One whose only output is so poor.
    static solana::Withdraw poor_withdraw(std::uint64_t lamports) {
        auto withdraw = make_withdraw(3);
        withdraw.outputs = {{solana::Pubkey{{77}}, {lamports}}};
        return withdraw;
    }

    boost::asio::io_context io_;
    ManualClock clock_{io_};
    const solana::Keypair payer_ = load_relay_keypair();
    RelayWorld world_{clock_, payer_, RelayWorld::watching_settings()};
};

TEST_F(DoorTest, WhatIsGoodIsAcceptedAtNoCall) {
    start_watching();
    const auto agreed = world_.plan->calls("agreed_accounts");
    const auto outcome = accept(make_withdraw(1));
    EXPECT_EQ(outcome.kind, Kind::Accepted);
    EXPECT_TRUE(has_transaction(outcome.id)) << "no head start";
    EXPECT_EQ(world_.plan->calls("agreed_accounts"), agreed);
    EXPECT_TRUE(becomes(outcome.id, JobStatus::Completed));
}

TEST_F(DoorTest, ANullifierThatAnotherSpentIsRefusedWithoutARow) {
    start_watching();
    world_.chain.spend(make_withdraw(1).nullifier);
    live(60);
    EXPECT_EQ(accept(make_withdraw(1)).kind, Kind::NullifierSpent);
    EXPECT_TRUE(world_.rows.jobs.empty());
    const auto calls = world_.plan->calls("agreed_accounts");
    EXPECT_EQ(accept(make_withdraw(1)).kind, Kind::NullifierSpent);
    EXPECT_EQ(world_.plan->calls("agreed_accounts"), calls) << "asked for what is known";
}

TEST_F(DoorTest, OurOwnIsToldAsTheFirstTime) {
    start_watching();
    const auto first = accept(make_withdraw(1));
    ASSERT_TRUE(becomes(first.id, JobStatus::Completed));
    live(60);
    const auto second = accept(make_withdraw(1));
    EXPECT_EQ(second.kind, Kind::Duplicate);
    EXPECT_EQ(second.id, first.id);
    EXPECT_EQ(second.status, JobStatus::Completed);
    auto other = make_withdraw(2);
    other.nullifier = make_withdraw(1).nullifier;
    EXPECT_EQ(accept(other).kind, Kind::Conflict);
}

// Its transaction stands in a block, and the job does not know yet.
TEST_F(DoorTest, OurOwnThatHasJustLandedIsOurs) {
    start_watching();
    world_.chain.set_confirmation_depth(1'000'000);
    world_.chain.set_finality_depth(1'000'000);
    const auto first = accept(make_withdraw(1));
    live(20);
    ASSERT_EQ(world_.chain.landed(make_withdraw(1).nullifier).size(), 1U);
    const auto second = accept(make_withdraw(1));
    EXPECT_EQ(second.kind, Kind::Duplicate);
    EXPECT_EQ(second.id, first.id);
    EXPECT_EQ(second.status, JobStatus::Processing);
}

TEST_F(DoorTest, AFailedJobOfOursDidNotSpendIt) {
    start_watching();
    world_.chain.set_verdict(make_withdraw(1).nullifier, program_error(0x1010));
    const auto first = accept(make_withdraw(1));
    ASSERT_TRUE(becomes(first.id, JobStatus::Failed));
    world_.chain.spend(make_withdraw(1).nullifier);
    live(60);
    EXPECT_EQ(accept(make_withdraw(1)).kind, Kind::NullifierSpent);
}

TEST_F(DoorTest, WhereNodesDifferNobodyIsRefused) {
    start_watching();
    world_.chain.spend(make_withdraw(1).nullifier);
    world_.chain.set_disagreeing(true);
    live(60);
    EXPECT_EQ(accept(make_withdraw(1)).kind, Kind::Accepted);
    EXPECT_EQ(accept(poor_withdraw(5)).kind, Kind::Accepted);
}

TEST_F(DoorTest, WhereTheChainCannotBeAskedNobodyIsRefused) {
    start_watching();
    world_.chain.spend(make_withdraw(1).nullifier);
    live(60);
    world_.chain.set_unavailable(true);
    EXPECT_EQ(accept(make_withdraw(1)).kind, Kind::Accepted);
    EXPECT_EQ(accept(poor_withdraw(5)).kind, Kind::Accepted);
}

TEST_F(DoorTest, ANodeThatDoesNotAnswerIsNotWaitedForLong) {
    start_watching();
    world_.chain.spend(make_withdraw(1).nullifier);
    live(60);
    world_.chain.set_agreement_hanging(true);
    const auto began = clock_.now();
    EXPECT_EQ(accept(make_withdraw(1)).kind, Kind::Accepted);
    EXPECT_LE(clock_.now() - began, std::chrono::seconds(2));
}

TEST_F(DoorTest, WhatWasReadLongAgoRefusesNobody) {
    start_watching();
    world_.chain.spend(make_withdraw(1).nullifier);
    live(60);
    ASSERT_EQ(accept(make_withdraw(1)).kind, Kind::NullifierSpent); // all nodes said so, even
    world_.chain.set_unavailable(true);
    live(200);
    EXPECT_EQ(accept(make_withdraw(1)).kind, Kind::Accepted);
}

TEST_F(DoorTest, ALayoutThatIsNotKnownRefusesNobody) {
    start_watching();
    world_.chain.spend(make_withdraw(1).nullifier);
    world_.chain.set_account_data(vector_plan().accounts.nullifier_shard, base::Bytes(3));
    world_.chain.set_account_data(vector_plan().accounts.roots_ring, base::Bytes(1));
    live(60);
    EXPECT_EQ(accept(make_withdraw(1)).kind, Kind::Accepted);
    const auto rootless = accept(make_withdraw(20));
    EXPECT_TRUE(has_transaction(rootless.id)) << "a root was missed in a ring that is not known";
}

TEST_F(DoorTest, APoorOutputIsRefusedByItsPlace) {
    start_watching();
    auto withdraw = make_withdraw(4);
    withdraw.outputs = {{solana::Pubkey{{1}}, {890'880}},
                        {solana::Pubkey{{2}}, {400'000}},
                        {solana::Pubkey{{2}}, {490'880}}, // the same recipient: enough together
                        {solana::Pubkey{{3}}, {5}},       // it exists
                        {solana::Pubkey{{4}}, {890'879}}};
    world_.chain.set_lamports(solana::Pubkey{{3}}, {1});
    const auto outcome = accept(withdraw);
    EXPECT_EQ(outcome.kind, Kind::RecipientBelowRent);
    EXPECT_EQ(outcome.objection.output, 4U);
    EXPECT_EQ(outcome.objection.minimum, solana::Lamports{890'880});
    EXPECT_TRUE(world_.rows.jobs.empty());
    world_.chain.set_lamports(solana::Pubkey{{4}}, {1});
    EXPECT_EQ(accept(withdraw).kind, Kind::Accepted);
}

TEST_F(DoorTest, AMinimumThatHasFallenSinceRefusesNobody) {
    start_watching();
    world_.chain.set_minimum_balance({100});
    clock_.advance(std::chrono::seconds(6)); // what was read before is asked for anew
    EXPECT_EQ(accept(poor_withdraw(100)).kind, Kind::Accepted);
}

TEST_F(DoorTest, WhoseRootLeavesTheRingSoonGoesFirst) {
    std::vector<solana::Hash> roots;
    for (std::uint32_t number = 1; number <= 64; ++number) {
        roots.push_back(make_withdraw(number).root);
    }
    world_.chain.open_pool(vector_plan(), std::move(roots));
    auto settings = RelayWorld::watching_settings();
    settings.claims.places = 0; // who is accepted waits
    RelayProcess relay(clock_, payer_, world_.ledger, world_.schedule, world_.chain, settings);
    relay.start();
    pass(clock_, milliseconds(50));
    std::vector<jobs::JobId> ids;
    for (const std::uint32_t number : {64U, 17U, 16U, 1U}) {
        auto accepting = relay.intake().accept(make_withdraw(number), base::ClientKey());
        ids.push_back(run_task(clock_, std::move(accepting)).id);
        pass(clock_, milliseconds(5));
    }
    const auto due = run_task(clock_, world_.schedule.take_due(4));
    EXPECT_THAT(due, testing::ElementsAre(ids[2], ids[3], ids[0], ids[1]));
    run_task(clock_, relay.shut_down());
}

} // namespace
} // namespace relay::test
