#include "relay/rpc/confirmation.hpp"

#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/jobs/withdraw_request.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/keypair.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/transaction.hpp"
#include "relay/solana/units.hpp"
#include "support/fake_chain.hpp"
#include "support/jobs.hpp"
#include "support/relay_keypair.hpp"
#include "support/run_task.hpp"
#include "support/withdraw_bodies.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::rpc {
namespace {

using std::chrono::milliseconds;
using test::run_task;
using Kind = Fate::Kind;

TEST(FateOf, Table) {
    solana::SavedTransaction transaction;
    transaction.signature = test::make_signature(1);
    transaction.last_valid_block_height = {100};
    const SignatureStatus uncommitted{.slot = {7}, .committed = false, .error = std::nullopt};
    const SignatureStatus landed{.slot = {7}, .committed = true, .error = std::nullopt};
    const SignatureStatus failed{
        .slot = {7}, .committed = true, .error = test::program_error(0x1020)};
    const SignatureStatus failing{
        .slot = {7}, .committed = false, .error = test::program_error(0x1020)};
    struct Case {
        std::optional<SignatureStatus> status;
        std::uint64_t height;
        Kind kind;
    };
    for (const Case& known : {
             Case{std::nullopt, 0, Kind::Live},
             Case{std::nullopt, 100, Kind::Live}, // its last block may hold it
             Case{std::nullopt, 101, Kind::Expired},
             Case{uncommitted, 50, Kind::Live},
             Case{uncommitted, 500, Kind::Live}, // seen on a fork at least
             Case{failing, 500, Kind::Live},
             Case{landed, 50, Kind::Landed},
             Case{landed, 500, Kind::Landed},
             Case{failed, 50, Kind::Failed},
             Case{failed, 500, Kind::Failed},
         }) {
        const auto fate = fate_of(transaction, known.status, solana::BlockHeight{known.height});
        EXPECT_EQ(fate.kind, known.kind) << known.height;
        EXPECT_EQ(fate.signature, transaction.signature);
        EXPECT_EQ(fate.error.has_value(), known.kind == Kind::Failed);
        if (known.kind == Kind::Landed || known.kind == Kind::Failed) {
            EXPECT_EQ(fate.slot, solana::Slot{7});
        }
    }
}

class ConfirmationTest : public testing::Test {
  protected:
    ~ConfirmationTest() override {
        loop_.cancel();
        waiters_.cancel();
        run_task(io_, loop_.join());
        run_task(io_, waiters_.join());
        run_task(io_, tasks_.join());
    }

    static base::TaskGroup::OnFailure no_failure() {
        return [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); };
    }

    solana::SavedTransaction signed_for(std::uint32_t number) {
        const auto blockhash = run_task(io_, chain_.latest_blockhash()).value();
        auto made = solana::sign_transaction(
            payer_, jobs::withdraw_instructions(rules_, test::make_withdraw(number)),
            blockhash.blockhash);
        return {made.signature, std::move(made.wire), blockhash.last_valid_block_height};
    }

    solana::SavedTransaction sent_for(std::uint32_t number) {
        auto transaction = signed_for(number);
        EXPECT_TRUE(run_task(io_, chain_.send(transaction.wire, Preflight::Run)).has_value());
        return transaction;
    }

    static base::Task<void> wait(ConfirmationTest* test, solana::SavedTransaction transaction) {
        test->fates_.push_back(co_await test->tracker_.wait(std::move(transaction)));
    }

    void watch(solana::SavedTransaction transaction) {
        if (loop_.size() == 0) {
            loop_.spawn("tracker", tracker_.run());
        }
        waiters_.spawn("waiter", wait(this, std::move(transaction)));
    }

    void run_until(const std::function<bool()>& done) { test::run_until(io_, done); }

    Fate only_fate() {
        run_until([this] { return !fates_.empty(); });
        EXPECT_EQ(fates_.size(), 1U);
        return fates_.at(0);
    }

    boost::asio::io_context io_;
    test::FakeChain chain_;
    const solana::Keypair payer_ = test::load_relay_keypair();
    const jobs::AdmissionRules rules_ = test::vector_rules();
    base::TaskGroup tasks_{io_.get_executor(), no_failure()};
    base::TaskGroup loop_{io_.get_executor(), no_failure()};
    base::TaskGroup waiters_{io_.get_executor(), no_failure()};
    std::vector<Fate> fates_;
    ConfirmationTracker tracker_{tasks_,
                                 chain_,
                                 {.poll_interval = milliseconds(1),
                                  .resend_interval = milliseconds(3),
                                  .expiry_interval = milliseconds(3),
                                  .patience = milliseconds(20)}};
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

TEST_F(ConfirmationTest, ExpiredOnlyWhenTheHeightHasPassedAndItIsAbsent) {
    chain_.set_dropping(true);
    watch(sent_for(1));
    chain_.advance(150); // the last valid height itself
    auto checks = chain_.calls("block_height");
    run_until([&] { return chain_.calls("block_height") > checks + 3; });
    EXPECT_TRUE(fates_.empty());
    chain_.advance();
    const auto fate = only_fate();
    EXPECT_EQ(fate.kind, Kind::Expired);
    EXPECT_TRUE(fate.accepted); // a node took what was sent again
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
    EXPECT_EQ(run_task(io_, tracker_.ask(transaction)).kind, Kind::Live);
    chain_.advance();
    EXPECT_EQ(run_task(io_, tracker_.ask(transaction)).kind, Kind::Landed);
    const auto unsent = signed_for(2);
    chain_.advance(151);
    EXPECT_EQ(run_task(io_, tracker_.ask(unsent)).kind, Kind::Expired);
    chain_.set_unavailable(true);
    const auto fate = run_task(io_, tracker_.ask(transaction));
    EXPECT_EQ(fate.kind, Kind::Unavailable);
    EXPECT_FALSE(fate.reason.empty());
}

TEST_F(ConfirmationTest, FindsWhichOfSeveralPaid) {
    chain_.set_verdict(test::make_withdraw(1).nullifier, test::program_error(0x1020), false);
    const auto failed = sent_for(1);
    const auto landed = sent_for(2);
    chain_.advance();
    const auto absent = test::make_signature(9);
    const auto found =
        run_task(io_, tracker_.find_landed({absent, failed.signature, landed.signature}));
    ASSERT_TRUE(found.has_value() && found->has_value());
    EXPECT_EQ((*found)->first, landed.signature);
    const auto none = run_task(io_, tracker_.find_landed({absent, failed.signature}));
    ASSERT_TRUE(none.has_value());
    EXPECT_FALSE(none->has_value());
    chain_.set_unavailable(true);
    EXPECT_FALSE(run_task(io_, tracker_.find_landed({landed.signature})).has_value());
}

} // namespace
} // namespace relay::rpc
