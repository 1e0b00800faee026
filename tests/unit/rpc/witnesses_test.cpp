#include "relay/rpc/failover.hpp"

#include "relay/rpc/evidence.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/transaction_error.hpp"
#include "support/base/run_task.hpp"
#include "support/rpc/failover_fixture.hpp"
#include "support/rpc/fake_chain.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace relay::rpc {
namespace {

using std::chrono::milliseconds;
using test::FailoverTest;
using test::run_task;
using test::StubNode;

class LyingNodeTest : public FailoverTest, public testing::WithParamInterface<std::int64_t> {};

TEST_P(LyingNodeTest, WhoCannotBeRightIsLeftAloneAndTheHonestIsNot) {
    first_.height_lie = GetParam();
    start();
    EXPECT_TRUE(reads());
    EXPECT_EQ(first_.calls["balance"], 0);
    EXPECT_EQ(second_.calls["balance"], 1);
    const auto troubles = rpc().troubles();
    ASSERT_EQ(troubles.size(), 1U);
    EXPECT_EQ(troubles[0].node, "first");
    EXPECT_TRUE(troubles[0].untrue);
    first_.height_lie = 0;
    test::run_until(clock_, [this] { return rpc().troubles().empty(); });
    EXPECT_TRUE(reads());
    EXPECT_EQ(first_.calls["balance"], 1);
}

// The slot in the height's place (22 million), and less.
INSTANTIATE_TEST_SUITE_P(Lies, LyingNodeTest, testing::Values(22'000'000, 1'000, 200, -500));

TEST_F(FailoverTest, ALiarBetweenTwoHonestIsOutvotedWhereverItStands) {
    first_.height_lie = 100; // by itself it could be right
    first_.last_valid_lie = 100;
    auto third_owned = std::make_unique<StubNode>(chain_);
    std::vector<RpcNode> nodes;
    nodes.push_back({"first", std::move(first_owned_)});
    nodes.push_back({"second", std::move(second_owned_)});
    nodes.push_back({"third", std::move(third_owned)});
    rpc_ = make_failover_rpc(tasks_, std::move(nodes), policy_, metrics_);
    start();
    test::run_until(clock_, [this] { return rpc().troubles().size() == 1; });
    EXPECT_EQ(rpc().troubles()[0].node, "first");
    EXPECT_TRUE(reads());
    EXPECT_EQ(first_.calls["balance"], 0);
}

TEST_F(FailoverTest, ABlockhashThatCannotLiveSoLongIsNotHandedOut) {
    start();
    const auto honest = run_task(clock_, rpc().latest_blockhash()).value();
    EXPECT_GE(honest.last_valid_block_height.value, chain_.height().value + 150);
    EXPECT_LE(honest.last_valid_block_height.value, chain_.height().value + 155);
    first_.last_valid_lie = 1'000'000'000;
    const auto next = run_task(clock_, rpc().latest_blockhash());
    ASSERT_TRUE(next.has_value()); // of the second
    EXPECT_LE(next->last_valid_block_height.value, chain_.height().value + 155);
}

TEST_F(FailoverTest, ALastValidHeightThatIsTooLowIsRaisedToWhatTheHeightAllows) {
    start();
    first_.last_valid_lie = -100; // it would seem to be dead while it can land
    const auto told = run_task(clock_, rpc().latest_blockhash()).value();
    EXPECT_GE(told.last_valid_block_height.value, chain_.height().value + 150);
    EXPECT_LE(told.last_valid_block_height.value, chain_.height().value + 155);
}

class ProofTest : public FailoverTest {
  protected:
    /// A transaction that landed, or did not, and whose life is over.
    Question asked(bool landed, std::uint64_t blocks = 200) {
        start();
        const auto wire = wire_for(1);
        const auto last_valid = chain_.height().value + 150;
        first_.drops = second_.drops = !landed;
        const auto taken = run_task(clock_, rpc().send(wire, Preflight::Run));
        advance(blocks);
        return {*taken, {last_valid}, std::chrono::seconds(60)};
    }
    /// At a pace that a chain may have; the nodes are looked at meanwhile.
    void advance(std::uint64_t blocks) {
        for (; blocks > 0; blocks -= std::min<std::uint64_t>(blocks, 50)) {
            chain_.advance(std::min<std::uint64_t>(blocks, 50));
            const int looks = first_.calls["epoch_info"] + second_.calls["epoch_info"];
            test::run_until(clock_, [&] {
                return first_.calls["epoch_info"] + second_.calls["epoch_info"] > looks + 4;
            });
        }
    }
    Finding finding(const Question& question) {
        std::vector<Question> questions = {question};
        return run_task(clock_, rpc().look_into(questions)).value().at(0);
    }
};

TEST_F(ProofTest, AnAbsenceIsProvenByBoth) {
    const auto found = finding(asked(false));
    EXPECT_TRUE(found.absent);
    EXPECT_TRUE(found.overdue);
    EXPECT_TRUE(found.missing.empty());
    EXPECT_TRUE(first_.last_query.reached.has_value());
}

TEST_F(ProofTest, StatusesFromBehindProveNothing) {
    const auto question = asked(true);
    first_.statuses_behind = second_.statuses_behind = 210; // they have not reached the landing
    const auto found = finding(question);
    EXPECT_FALSE(found.absent);
    EXPECT_TRUE(found.overdue);
    EXPECT_FALSE(found.missing.empty());
    advance(210); // forty slots behind is forty slots later
    const auto later = finding(question);
    EXPECT_TRUE(later.status.has_value());
}

TEST_F(ProofTest, EachNodeThatIsWellMustAgree) {
    const auto question = asked(false);
    second_.statuses_behind = 300;
    EXPECT_FALSE(finding(question).absent);
    second_.dead = {"history", "signature_statuses"}; // no answer is no vote
    EXPECT_TRUE(finding(question).absent);
}

TEST_F(ProofTest, WhatOneNodeKnowsIsKnown) {
    const auto question = asked(true);
    first_.forgets = true;
    EXPECT_TRUE(finding(question).status.has_value());
    second_.forgets = true;
    EXPECT_TRUE(finding(question).absent); // where all have forgotten nobody can know better
}

TEST_F(ProofTest, TooYoungToBeDeadWhateverTheHeightSays) {
    auto question = asked(false);
    question.age = std::chrono::seconds(15);
    const auto found = finding(question);
    EXPECT_FALSE(found.absent);
    EXPECT_FALSE(found.overdue);
}

TEST_F(ProofTest, WithoutHistoryItIsAskedAgainAndItsRecentMemoryMustReach) {
    first_.without_history = second_.without_history = true;
    const auto question = asked(false);
    EXPECT_TRUE(finding(question).absent);
    advance(200); // 400 slots after its blockhash: statuses are gone
    EXPECT_FALSE(finding(question).absent);
    EXPECT_EQ(rpc().troubles().size(), 2U); // health says so
}

TEST_F(ProofTest, WithNoAnswerAtAllItIsAnOutage) {
    const auto question = asked(false);
    first_.dead = second_.dead = {"all"};
    std::vector<Question> questions = {question};
    EXPECT_FALSE(run_task(clock_, rpc().look_into(questions)).has_value());
}

} // namespace
} // namespace relay::rpc
