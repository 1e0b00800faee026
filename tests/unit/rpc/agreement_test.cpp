// What all nodes must say before anybody is refused for it.

#include "relay/rpc/failover.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/units.hpp"
#include "support/base/run_task.hpp"
#include "support/rpc/failover_fixture.hpp"
#include "support/solana/keys.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace relay::test {
namespace {

using rpc::AccountData;
using Kind = RpcError::Kind;

class AgreementTest : public FailoverTest {
  protected:
    AgreementTest() {
        chain_.set_lamports(kAccount, {7});
        start();
    }

    RpcResult<std::vector<AccountsReport>> ask() {
        return run_task(clock_, rpc().agreed_accounts({kAccount, kNobody}, AccountData::Read));
    }
    RpcResult<solana::Lamports> minimum() { return run_task(clock_, rpc().minimum_balance()); }

    const solana::Pubkey kAccount{{1}};
    const solana::Pubkey kNobody{{2}};
};

TEST_F(AgreementTest, EveryNodeIsAskedForWhatIsFinal) {
    const auto reports = ask();
    ASSERT_TRUE(reports) << reports.error().message;
    ASSERT_EQ(reports->size(), 2U);
    for (const auto& report : *reports) {
        ASSERT_EQ(report.accounts.size(), 2U);
        EXPECT_EQ(report.accounts[0].value().lamports, solana::Lamports{7});
        EXPECT_FALSE(report.accounts[1]);
    }
    EXPECT_TRUE(first_.last_accounts_query.final);
    EXPECT_TRUE(second_.last_accounts_query.final);
    EXPECT_TRUE(second_.last_accounts_query.reached.has_value());
}

TEST_F(AgreementTest, ASilentNodeAgreesToNothing) {
    ASSERT_TRUE(ask());
    second_.dead.insert("accounts");
    EXPECT_FALSE(ask());
    EXPECT_FALSE(ask()); // by now it is left alone, and the other is a lone voice
    second_.dead.clear();
    pass(milliseconds(100));
    EXPECT_TRUE(ask());
}

TEST_F(AgreementTest, ANodeBehindAgreesToNothing) {
    for (const bool ignores : {false, true}) {
        second_.blocks_behind = 0;
        ASSERT_TRUE(ask());
        chain_.advance(10);
        ASSERT_TRUE(run_task(clock_, rpc().accounts({kAccount})));
        second_.blocks_behind = 5;
        second_.ignores_reached = ignores;
        const auto answer = ask();
        ASSERT_FALSE(answer) << ignores;
        EXPECT_EQ(answer.error().kind, Kind::NotReached);
    }
}

TEST_F(AgreementTest, ASlotThatCannotBeIsNotWaitedFor) {
    first_.account_slot_lie = 100'000;
    ASSERT_TRUE(run_task(clock_, rpc().accounts({kAccount})));
    EXPECT_TRUE(ask());
    first_.account_slot_lie = 100;
    ASSERT_TRUE(run_task(clock_, rpc().accounts({kAccount})));
    EXPECT_FALSE(ask()); // it may be so, for all that is known
}

TEST_F(AgreementTest, TheLowestMinimumIsTheOneThatBinds) {
    first_.minimum = {890'880};
    second_.minimum = {89'088};
    EXPECT_EQ(minimum().value(), solana::Lamports{89'088});
    second_.dead.insert("minimum_balance");
    EXPECT_FALSE(minimum());
}

TEST_F(AgreementTest, WhatIsOnlyLookedAtIsAskedOfOneNode) {
    ASSERT_TRUE(run_task(clock_, rpc().accounts({kAccount})));
    EXPECT_EQ(second_.calls["accounts"], 0);
    first_.dead.insert("accounts");
    EXPECT_TRUE(run_task(clock_, rpc().accounts({kAccount})));
    EXPECT_EQ(second_.calls["accounts"], 1);
}

} // namespace
} // namespace relay::test
