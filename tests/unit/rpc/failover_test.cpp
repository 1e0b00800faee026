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
#include <string>
#include <utility>
#include <vector>

namespace relay::rpc {
namespace {

using std::chrono::milliseconds;
using test::FailoverTest;
using test::run_task;
using test::StubNode;

TEST_F(FailoverTest, ThePreferredNodeIsAskedAlone) {
    EXPECT_TRUE(reads());
    EXPECT_TRUE(send(1).has_value());
    EXPECT_EQ(first_.calls["balance"], 1);
    EXPECT_EQ(first_.calls["send"], 1);
    EXPECT_TRUE(second_.calls.empty());
}

TEST_F(FailoverTest, WhereOneGivesNoAnswerTheNextIsAskedInTheSameCall) {
    start();
    first_.dead = {"balance"};
    EXPECT_TRUE(reads());
    EXPECT_EQ(first_.calls["balance"], 1);
    EXPECT_TRUE(reads()); // and the first is left alone meanwhile
    EXPECT_EQ(first_.calls["balance"], 1);
    EXPECT_EQ(second_.calls["balance"], 2);
    EXPECT_TRUE(send(1).has_value()); // for this method only
    EXPECT_EQ(first_.calls["send"], 1);
}

TEST_F(FailoverTest, ItComesBackToThePreferredNodeByATrialWhoseCallerNeedNotWait) {
    start();
    first_.dead = {"balance"};
    EXPECT_TRUE(reads());
    pass(milliseconds(25));
    EXPECT_TRUE(reads()); // the trial fails beside it
    test::run_ready(io_);
    EXPECT_EQ(first_.calls["balance"], 2);
    EXPECT_EQ(second_.calls["balance"], 2);
    first_.dead = {};
    pass(milliseconds(45));
    EXPECT_TRUE(reads());
    test::run_ready(io_);
    EXPECT_EQ(first_.calls["balance"], 3);
    EXPECT_EQ(second_.calls["balance"], 3);
    EXPECT_TRUE(reads());
    EXPECT_EQ(first_.calls["balance"], 4);
    EXPECT_EQ(second_.calls["balance"], 3);
}

TEST_F(FailoverTest, A429PacesThatMethodOnThatNodeAlone) {
    start();
    first_.dead = {"balance"};
    first_.dies_as = RpcError::Kind::Limited;
    first_.retry_after = std::chrono::seconds(60);
    EXPECT_TRUE(reads());
    EXPECT_TRUE(reads());
    EXPECT_EQ(first_.calls["balance"], 1);
    EXPECT_TRUE(send(1).has_value()); // what it does not limit goes on
    EXPECT_EQ(first_.calls["send"], 1);
    EXPECT_EQ(second_.calls["send"], 0);
}

TEST_F(FailoverTest, WhereEveryNodeLimitsTheRateTheCallerHearsThat) {
    start();
    first_.dead = second_.dead = {"balance", "genesis_hash"}; // its looks are limited as well
    first_.dies_as = second_.dies_as = RpcError::Kind::Limited;
    for (int count = 0; count < 3; ++count) {
        const auto answer = run_task(clock_, rpc().balance(solana::Pubkey{}));
        ASSERT_FALSE(answer.has_value());
        EXPECT_EQ(answer.error().kind, RpcError::Kind::Limited);
    }
    EXPECT_TRUE(send(1).has_value());
    first_.dead = {};
    EXPECT_TRUE(reads()); // when its turn comes
    EXPECT_TRUE(reads());
}

TEST_F(FailoverTest, ACallThatHasNoTurnGoesToTheNextNodeOrWaitsForOne) {
    start();
    first_.dead = {"balance"};
    first_.dies_as = RpcError::Kind::Limited;
    EXPECT_TRUE(reads()); // by the second
    first_.dead = {};
    EXPECT_TRUE(reads());
    EXPECT_EQ(first_.calls["balance"], 1);
    EXPECT_EQ(second_.calls["balance"], 2);
    second_.dead = {"balance"};
    const auto asked_at = clock_.now();
    EXPECT_TRUE(reads());
    EXPECT_EQ(first_.calls["balance"], 2);
    EXPECT_GE(clock_.now() - asked_at, milliseconds(200));
    EXPECT_NE(metrics_.text().find("relay_rpc_pace_calls_per_second{"), std::string::npos);
}

TEST_F(FailoverTest, ARefusalOfTheCallIsNoVerdictTheNextNodeIsAsked) {
    start();
    for (const auto kind : {RpcError::Kind::Refused, RpcError::Kind::Unsupported}) {
        first_.dead = {"send"};
        first_.dies_as = kind;
        EXPECT_TRUE(send(kind == RpcError::Kind::Refused ? 1 : 2).has_value());
    }
    second_.dead = {"send"};
    second_.dies_as = RpcError::Kind::Refused;
    EXPECT_EQ(send(3).error().kind, RpcError::Kind::Refused);
}

TEST_F(FailoverTest, APreflightThatMayBeTheNodesStateIsAskedOfTheNext) {
    start();
    using Kind = solana::TransactionError::Kind;
    std::uint32_t number = 0;
    for (const auto kind : {Kind::PayerUnfunded, Kind::BlockhashNotFound, Kind::Other}) {
        first_.verdict.emplace().kind = kind;
        EXPECT_TRUE(send(++number).has_value());
    }
    first_.verdict = test::program_error(solana::kRootNotFound);
    EXPECT_TRUE(send(++number).has_value());
    first_.verdict = test::program_error(0x1010); // a proof is invalid everywhere
    const int before = second_.calls["send"];
    EXPECT_EQ(send(++number).error().kind, RpcError::Kind::PreflightFailed);
    EXPECT_EQ(second_.calls["send"], before);
}

TEST_F(FailoverTest, WhereNoNodeKnowsTheBlockhashYetItIsSentOnAtOnceWithoutPreflight) {
    start();
    first_.verdict.emplace().kind = solana::TransactionError::Kind::BlockhashNotFound;
    second_.verdict = first_.verdict;
    EXPECT_TRUE(send(1).has_value());
    test::run_ready(io_);
    EXPECT_EQ(first_.sent, (std::vector<Preflight>{Preflight::Run, Preflight::Skip}));
    EXPECT_EQ(second_.sent, (std::vector<Preflight>{Preflight::Run, Preflight::Skip}));
}

TEST_F(FailoverTest, WhatIsSentAgainGoesToEveryNode) {
    start();
    const auto wire = wire_for(1);
    EXPECT_TRUE(run_task(clock_, rpc().send(wire, Preflight::Run)).has_value());
    EXPECT_TRUE(run_task(clock_, rpc().send(wire, Preflight::Skip)).has_value());
    test::run_ready(io_);
    EXPECT_EQ(first_.calls["send"], 2);
    EXPECT_EQ(second_.calls["send"], 1);
}

TEST_F(FailoverTest, ANodeThatLandsNothingWhileOthersDoLosesItsPlace) {
    start();
    first_.drops = true;
    for (std::uint32_t number = 1; number <= 3; ++number) {
        const auto wire = wire_for(number);
        const auto taken = run_task(clock_, rpc().send(wire, Preflight::Run));
        ASSERT_TRUE(taken.has_value());
        EXPECT_EQ(second_.sent.size(), number - 1);
        run_task(clock_, rpc().send(wire, Preflight::Skip));
        test::run_ready(io_);
        chain_.advance();
        run_task(clock_, rpc().signature_statuses({*taken}));
    }
    const auto before = first_.calls["send"];
    EXPECT_TRUE(send(4).has_value());
    EXPECT_EQ(first_.calls["send"], before);
    EXPECT_EQ(second_.sent.back(), Preflight::Run);
}

TEST_F(FailoverTest, WithNoNodeLeftTheCallSaysWhyOfEach) {
    first_.dead = second_.dead = {"all"};
    const auto answer = run_task(clock_, rpc().balance(solana::Pubkey{}));
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().kind, RpcError::Kind::Unavailable);
    EXPECT_EQ(answer.error().message, "first: the stub is dead; second: the stub is dead");
}

TEST_F(FailoverTest, ANodeThatIsAwayAtTheStartIsUsedOnceItAnswers) {
    first_.dead = {"all"};
    EXPECT_TRUE(reads());
    EXPECT_EQ(second_.calls["balance"], 1);
    rpc().start();
    first_.dead = {};
    test::run_until(clock_, [this] { return first_.calls["epoch_info"] > 0; });
    test::run_ready(io_);
    EXPECT_TRUE(reads());
    EXPECT_EQ(first_.calls["balance"], 1);
}

TEST_F(FailoverTest, ANodeOfAnotherClusterIsNeverUsed) {
    second_.genesis = "another genesis";
    start();
    first_.dead = {"balance"};
    EXPECT_FALSE(reads());
    EXPECT_EQ(second_.calls["balance"], 0);
    second_.genesis = first_.genesis;
    const int checks = second_.calls["genesis_hash"];
    test::run_until(clock_, [&] { return second_.calls["genesis_hash"] > checks + 1; });
    EXPECT_TRUE(reads());
}

TEST_F(FailoverTest, TheClusterMayBeNamed) {
    policy_.genesis_hash = "the genesis";
    first_.genesis = "another genesis";
    EXPECT_TRUE(reads());
    EXPECT_EQ(first_.calls["balance"], 0);
    EXPECT_TRUE(rpc().troubles().at(0).untrue);
}

TEST_F(FailoverTest, ANodeThatLagsIsUsedOnlyWhereThereIsNoOther) {
    first_.blocks_behind = 51;
    start();
    EXPECT_TRUE(reads());
    EXPECT_EQ(first_.calls["balance"], 0);
    second_.dead = {"all"};
    const int checks = second_.calls["genesis_hash"];
    test::run_until(clock_, [&] { return second_.calls["genesis_hash"] > checks + 1; });
    EXPECT_TRUE(reads());
    EXPECT_EQ(first_.calls["balance"], 1);
}

TEST_F(FailoverTest, SentToTwoAtOnceWhereThatIsAsked) {
    policy_.send_to = 2;
    start();
    EXPECT_TRUE(send(1).has_value());
    test::run_ready(io_);
    EXPECT_EQ(first_.calls["send"], 1);
    EXPECT_EQ(second_.calls["send"], 1);
    first_.dead = {"send"};
    EXPECT_TRUE(send(2).has_value()); // one of them took it
}

TEST_F(FailoverTest, ARefusalIsNotBelievedWhereAnotherNodeMayHaveTakenIt) {
    start();
    // The first takes it without a word; it lands, and so the second's preflight fails.
    chain_.set_verdict(test::make_withdraw(1).nullifier, test::program_error(0x1020));
    first_.loses_send_answers = true;
    const auto answer = send(1);
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().kind, RpcError::Kind::Unavailable);
    EXPECT_EQ(second_.calls["send"], 1);
}

TEST_F(FailoverTest, ARefusalOfTheOnlyNodeAskedIsToldAsItIs) {
    start();
    chain_.set_verdict(test::make_withdraw(1).nullifier, test::program_error(0x1020));
    const auto answer = send(1);
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().kind, RpcError::Kind::PreflightFailed);
    EXPECT_EQ(second_.calls["send"], 0);
}

TEST_F(FailoverTest, ANodeThatNeedNotNameItsClusterIsUsedWhereTheSettingDoes) {
    policy_.genesis_hash = "the genesis";
    first_.dead = {"genesis_hash"};
    first_.dies_as = RpcError::Kind::Unsupported;
    EXPECT_TRUE(reads());
    EXPECT_EQ(first_.calls["balance"], 1);
}

TEST_F(FailoverTest, ANodeThatDoesNotTellTheHeightStillSends) {
    first_.dead = {"epoch_info"};
    first_.dies_as = RpcError::Kind::Unsupported;
    start();
    EXPECT_TRUE(send(1).has_value());
    EXPECT_EQ(first_.calls["send"], 1);
}

} // namespace
} // namespace relay::rpc
