#include "relay/rpc/confirmation.hpp"

#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/keypair.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/transaction.hpp"
#include "relay/solana/units.hpp"
#include "support/base/manual_clock.hpp"
#include "support/base/run_task.hpp"
#include "support/rpc/fake_chain.hpp"
#include "support/solana/relay_keypair.hpp"
#include "support/solana/samples.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::rpc {
namespace {

using std::chrono::milliseconds;
using test::run_task;
using Kind = Fate::Kind;

Finding known(SignatureStatus status) {
    Finding finding;
    finding.status = std::move(status);
    return finding;
}

Finding finding_of(bool absent, bool overdue) {
    Finding finding;
    finding.absent = absent;
    finding.overdue = overdue;
    finding.missing = absent ? "" : "missing";
    return finding;
}

TEST(FateOf, Table) {
    Attempts attempts;
    attempts.latest.signature = test::make_signature(1);
    attempts.earlier = {test::make_signature(2)};
    const auto uncommitted = known({.slot = {7}});
    const auto landed = known({.slot = {7}, .committed = true, .final = true});
    const auto failed =
        known({.slot = {7}, .committed = true, .error = test::program_error(0x1020)});
    const auto failing = known({.slot = {7}, .error = test::program_error(0x1020)});
    const auto alive = finding_of(false, false);
    const auto unproven = finding_of(false, true);
    const auto absent = finding_of(true, true);
    struct Case {
        Finding latest;
        Finding earlier;
        Kind kind;
    };
    const std::vector<Case> cases = {
        {alive, absent, Kind::Live},
        {alive, unproven, Kind::Live},
        {unproven, absent, Kind::Unproven},
        {absent, absent, Kind::Expired},
        {absent, failed, Kind::Expired},       // that one is dead, too
        {absent, unproven, Kind::Unproven},    // no verdict before each is looked at
        {absent, uncommitted, Kind::Unproven}, // an earlier one may be landing
        {absent, landed, Kind::Landed},
        {alive, landed, Kind::Landed},
        {failed, landed, Kind::Landed},
        {uncommitted, absent, Kind::Live}, // seen on a fork at least
        {failing, absent, Kind::Live},
        {landed, absent, Kind::Landed},
        {landed, unproven, Kind::Landed},
        {failed, absent, Kind::Failed},
    };
    for (std::size_t index = 0; index < cases.size(); ++index) {
        SCOPED_TRACE(index);
        const auto& [latest, earlier, kind] = cases[index];
        const auto fate = fate_of(attempts, latest, std::span(&earlier, 1));
        EXPECT_EQ(fate.kind, kind);
        EXPECT_EQ(fate.error.has_value(), kind == Kind::Failed);
        EXPECT_EQ(fate.reason.empty(), kind != Kind::Unproven || earlier.status.has_value());
        if (kind == Kind::Landed) {
            const bool by_earlier = earlier.status && earlier.status->committed;
            EXPECT_EQ(fate.signature, test::make_signature(by_earlier ? 2 : 1));
            EXPECT_EQ(fate.slot, solana::Slot{7});
            EXPECT_TRUE(fate.final);
        }
    }
}

class ConfirmationTest : public testing::Test {
  protected:
    ~ConfirmationTest() override {
        loop_.cancel();
        waiters_.cancel();
        run_task(clock_, loop_.join());
        run_task(clock_, waiters_.join());
        run_task(clock_, tasks_.join());
    }

    static base::TaskGroup::OnFailure no_failure() {
        return [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); };
    }

    solana::SavedTransaction signed_for(std::uint32_t number) {
        const auto blockhash = run_task(clock_, chain_.latest_blockhash()).value();
        auto made = solana::sign_transaction(
            payer_,
            solana::withdraw_instructions(plan_, test::kBudget, test::make_withdraw(number)),
            blockhash.blockhash);
        return {made.signature, std::move(made.wire), blockhash.last_valid_block_height};
    }

    solana::SavedTransaction sent_for(std::uint32_t number) {
        auto transaction = signed_for(number);
        EXPECT_TRUE(run_task(clock_, chain_.send(transaction.wire, Preflight::Run)).has_value());
        return transaction;
    }

    static base::Task<void> wait(ConfirmationTest* test, Attempts attempts) {
        test->fates_.push_back(co_await test->tracker_.wait(std::move(attempts)));
    }

    void watch(solana::SavedTransaction transaction, std::vector<solana::Signature> earlier = {}) {
        if (loop_.size() == 0) {
            loop_.spawn("tracker", tracker_.run());
        }
        Attempts attempts{std::move(transaction), std::move(earlier)};
        waiters_.spawn("waiter", wait(this, std::move(attempts)));
    }

    Fate ask(const solana::SavedTransaction& transaction,
             std::vector<solana::Signature> earlier = {}) {
        return run_task(clock_, tracker_.ask({transaction, std::move(earlier)}));
    }

    void run_until(const std::function<bool()>& done) { test::run_until(clock_, done); }

    Fate only_fate() {
        run_until([this] { return !fates_.empty(); });
        EXPECT_EQ(fates_.size(), 1U);
        return fates_.at(0);
    }

    boost::asio::io_context io_;
    test::ManualClock clock_{io_};
    test::FakeChain chain_;
    const solana::Keypair payer_ = test::load_relay_keypair();
    const solana::WithdrawPlan plan_ = test::vector_plan();
    base::TaskGroup tasks_{clock_, no_failure()};
    base::TaskGroup loop_{clock_, no_failure()};
    base::TaskGroup waiters_{clock_, no_failure()};
    std::vector<Fate> fates_;
    observability::MetricsRegistry metrics_;
    ConfirmationTracker tracker_{tasks_,
                                 chain_,
                                 {.shortest_poll = milliseconds(1),
                                  .shortest_resend = milliseconds(3),
                                  .least_life = milliseconds(0),
                                  .expiry_interval = milliseconds(3),
                                  .proof_patience = milliseconds(10),
                                  .patience = milliseconds(20)},
                                 metrics_.counter("sent_again", "")};
};

TEST_F(ConfirmationTest, TellsThatItLanded) {
    const auto transaction = sent_for(1);
    watch(transaction);
    run_until([this] { return chain_.calls("signature_statuses") >= 2; });
    EXPECT_TRUE(fates_.empty());
    chain_.advance();
    const auto fate = only_fate();
    EXPECT_EQ(fate.kind, Kind::Landed);
    EXPECT_EQ(fate.signature, transaction.signature);
    EXPECT_EQ(fate.slot, chain_.taken().at(transaction.signature).slot);
}

TEST_F(ConfirmationTest, TellsThatItFailedOnTheChain) {
    chain_.set_verdict(test::make_withdraw(1).nullifier, test::program_error(0x1010),
                       /*in_preflight=*/false);
    watch(sent_for(1));
    chain_.advance();
    const auto fate = only_fate();
    EXPECT_EQ(fate.kind, Kind::Failed);
    EXPECT_EQ(fate.error.value().number, 0x1010U);
}

TEST_F(ConfirmationTest, ABlockThatIsNotConfirmedYetIsNoFate) {
    chain_.set_confirmation_depth(2);
    watch(sent_for(1));
    chain_.advance();
    const auto polls = chain_.calls("signature_statuses");
    run_until([&] { return chain_.calls("signature_statuses") > polls + 3; });
    EXPECT_TRUE(fates_.empty());
    EXPECT_EQ(chain_.calls("send"), 1U); // seen: it needs no second sending
    chain_.advance(2);
    EXPECT_EQ(only_fate().kind, Kind::Landed);
}

TEST_F(ConfirmationTest, SendsTheSameBytesAgainWhileItIsNotSeen) {
    chain_.set_dropping(true);
    const auto transaction = sent_for(1);
    watch(transaction);
    run_until([this] { return chain_.calls("send") >= 4; });
    EXPECT_EQ(chain_.taken().size(), 1U);
    EXPECT_GE(chain_.taken().at(transaction.signature).times, 3U);
}

TEST_F(ConfirmationTest, ExpiredOnlyWhenItIsProvenAbsent) {
    chain_.set_dropping(true);
    watch(sent_for(1));
    chain_.advance(151); // the last block that can hold it
    auto checks = chain_.calls("look_into");
    run_until([&] { return chain_.calls("look_into") > checks + 3; });
    EXPECT_TRUE(fates_.empty());
    chain_.advance();
    const auto fate = only_fate();
    EXPECT_EQ(fate.kind, Kind::Expired);
    EXPECT_TRUE(fate.taken_by_node); // a node took what was sent again
}

TEST_F(ConfirmationTest, WithoutAProofItIsToldAfterSomePatienceAndNeverCalledExpired) {
    chain_.set_dropping(true);
    chain_.set_unproving(true);
    watch(sent_for(1));
    chain_.advance(200);
    const auto fate = only_fate();
    EXPECT_EQ(fate.kind, Kind::Unproven);
    EXPECT_FALSE(fate.reason.empty());
}

TEST_F(ConfirmationTest, AnEarlierTransactionThatLandedAfterAllIsTheFate) {
    const auto earlier = sent_for(1);
    chain_.advance();
    chain_.set_dropping(true);
    watch(sent_for(2), {earlier.signature});
    chain_.advance(200);
    const auto fate = only_fate();
    EXPECT_EQ(fate.kind, Kind::Landed);
    EXPECT_EQ(fate.signature, earlier.signature);
}

TEST_F(ConfirmationTest, AForkThatTakesItBackMakesItBeSentAgain) {
    chain_.set_confirmation_depth(1'000);
    const auto transaction = sent_for(1);
    watch(transaction);
    chain_.advance();
    const auto polls = chain_.calls("signature_statuses");
    run_until([&] { return chain_.calls("signature_statuses") > polls + 5; });
    const auto sends = chain_.calls("send");
    chain_.take_back(transaction.signature);
    run_until([&] { return chain_.calls("send") > sends + 1; });
    chain_.set_confirmation_depth(0);
    chain_.advance();
    EXPECT_EQ(only_fate().kind, Kind::Landed);
}

TEST_F(ConfirmationTest, TheHistoryKnowsWhatRecentStatusesForgot) {
    chain_.set_forgetful(true);
    watch(sent_for(1));
    chain_.advance(200);
    EXPECT_EQ(only_fate().kind, Kind::Landed);
}

TEST_F(ConfirmationTest, WithoutAnyAnswerItGivesUpAfterItsPatience) {
    watch(sent_for(1));
    chain_.set_unavailable(true);
    chain_.advance(500);
    const auto fate = only_fate();
    EXPECT_EQ(fate.kind, Kind::Unavailable);
    EXPECT_FALSE(fate.reason.empty());
}

TEST_F(ConfirmationTest, AsksAboutManyInFewCalls) {
    for (std::uint32_t number = 1; number <= 300; ++number) {
        watch(sent_for(number));
    }
    run_until([this] { return chain_.calls("signature_statuses") >= 2; });
    chain_.advance();
    const auto polls = chain_.calls("signature_statuses");
    run_until([this] { return fates_.size() == 300; });
    EXPECT_LE(chain_.calls("signature_statuses"), polls + 4); // 256 and 44, a poll
}

TEST_F(ConfirmationTest, TwoWhoWaitForOneSignatureAreBothTold) {
    const auto transaction = sent_for(1);
    watch(transaction);
    watch(transaction);
    run_until([this] { return chain_.calls("signature_statuses") > 0; });
    chain_.advance();
    run_until([this] { return fates_.size() == 2; });
    EXPECT_EQ(fates_[0].kind, Kind::Landed);
    EXPECT_EQ(fates_[1].kind, Kind::Landed);
}

TEST_F(ConfirmationTest, AWaiterThatIsCancelledLeavesTheOthers) {
    watch(sent_for(1));
    run_until([this] { return chain_.calls("signature_statuses") > 0; });
    waiters_.cancel();
    watch(sent_for(2));
    chain_.advance();
    EXPECT_EQ(only_fate().kind, Kind::Landed);
}

TEST_F(ConfirmationTest, AskingTellsWhatStandsNow) {
    const auto transaction = sent_for(1);
    EXPECT_EQ(ask(transaction).kind, Kind::Live);
    chain_.advance();
    EXPECT_EQ(ask(transaction).kind, Kind::Landed);
    const auto unsent = signed_for(2);
    chain_.advance(152);
    EXPECT_EQ(ask(unsent).kind, Kind::Expired);
    chain_.set_unavailable(true);
    const auto fate = ask(transaction);
    EXPECT_EQ(fate.kind, Kind::Unavailable);
    EXPECT_FALSE(fate.reason.empty());
}

TEST_F(ConfirmationTest, FindsWhichOfTheEarlierOnesPaid) {
    chain_.set_verdict(test::make_withdraw(1).nullifier, test::program_error(0x1020), false);
    const auto failed = sent_for(1);
    const auto landed = sent_for(2);
    chain_.advance(200);
    const auto latest = signed_for(3);
    const auto absent = test::make_signature(9);
    const auto found = [&](std::vector<solana::Signature> earlier) {
        return run_task(clock_, tracker_.find_landed({latest, std::move(earlier)}));
    };
    const auto paid = found({absent, failed.signature, landed.signature});
    EXPECT_EQ(paid.kind, Kind::Landed);
    EXPECT_EQ(paid.signature, landed.signature);
    EXPECT_EQ(found({absent, failed.signature}).kind, Kind::Unproven); // too soon for the proof
    chain_.advance(2);
    EXPECT_EQ(found({absent, failed.signature}).kind, Kind::Expired);
    EXPECT_EQ(found({}).kind, Kind::Expired);
    chain_.set_unproving(true);
    EXPECT_EQ(found({absent, failed.signature}).kind, Kind::Unproven);
    chain_.set_unavailable(true);
    EXPECT_EQ(found({landed.signature}).kind, Kind::Unavailable);
}

} // namespace
} // namespace relay::rpc
