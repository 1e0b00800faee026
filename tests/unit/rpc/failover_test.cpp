#include "relay/rpc/failover.hpp"

#include "relay/base/encoding.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/jobs/withdraw_request.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/keypair.hpp"
#include "relay/solana/pubkey.hpp"
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
#include <cstddef>
#include <cstdint>
#include <exception>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::rpc {
namespace {

using std::chrono::milliseconds;
using test::run_task;

/// One node's view of the chain, with faults of its own.
class StubNode final : public SolanaRpc {
  public:
    explicit StubNode(test::FakeChain& chain) : chain_(chain) {}

    /// Methods that are not answered; "send" is then not taken either.
    std::set<std::string> dead;
    bool loses_send_answers = false;
    bool forgets = false;
    std::string genesis = "the genesis";
    std::uint64_t blocks_behind = 0;
    std::optional<std::chrono::seconds> retry_after;
    std::map<std::string, int> calls;

    base::Task<RpcResult<LatestBlockhash>> latest_blockhash() override {
        return dies("latest_blockhash") ? fails<LatestBlockhash>() : chain_.latest_blockhash();
    }
    base::Task<RpcResult<solana::Signature>> send(base::Bytes wire, Preflight preflight) override {
        if (dies("send")) {
            return fails<solana::Signature>();
        }
        auto call = chain_.send(std::move(wire), preflight);
        return loses_send_answers ? forget_answer(std::move(call)) : std::move(call);
    }
    base::Task<RpcResult<SignatureReport>> signature_statuses(
        std::vector<solana::Signature> asked) override {
        return dies("signature_statuses") ? fails<SignatureReport>()
                                          : chain_.signature_statuses(std::move(asked));
    }
    base::Task<RpcResult<solana::BlockHeight>> block_height() override {
        return dies("block_height") ? fails<solana::BlockHeight>() : height();
    }
    base::Task<RpcResult<ExpiryReport>> expiry_report(
        std::vector<solana::Signature> asked) override {
        return dies("expiry_report") ? fails<ExpiryReport>() : report(std::move(asked));
    }
    base::Task<RpcResult<solana::Lamports>> balance(solana::Pubkey address) override {
        return dies("balance") ? fails<solana::Lamports>() : chain_.balance(address);
    }
    base::Task<RpcResult<std::string>> genesis_hash() override {
        return dies("genesis_hash") ? fails<std::string>() : own_genesis();
    }

  private:
    bool dies(const std::string& method) {
        ++calls[method];
        return dead.contains(method) || dead.contains("all");
    }
    template <class T>
    base::Task<RpcResult<T>> fails() {
        RpcError error;
        error.message = "the stub is dead";
        error.retry_after = retry_after;
        co_return std::unexpected(std::move(error));
    }
    base::Task<RpcResult<solana::Signature>> forget_answer(
        base::Task<RpcResult<solana::Signature>> call) {
        co_await std::move(call);
        RpcError error;
        error.message = "cut";
        co_return std::unexpected(std::move(error));
    }
    base::Task<RpcResult<solana::BlockHeight>> height() {
        co_return solana::BlockHeight{chain_.height().value - blocks_behind};
    }
    base::Task<RpcResult<ExpiryReport>> report(std::vector<solana::Signature> asked) {
        auto told = co_await chain_.expiry_report(std::move(asked));
        told->height.value -= blocks_behind;
        if (forgets) {
            told->report.statuses.assign(told->report.statuses.size(), std::nullopt);
        }
        co_return told;
    }
    base::Task<RpcResult<std::string>> own_genesis() { co_return genesis; }

    test::FakeChain& chain_;
};

class FailoverTest : public testing::Test {
  protected:
    ~FailoverTest() override {
        tasks_.cancel();
        run_task(io_, tasks_.join());
    }

    /// The nodes' faults are set before; `start` also lets them be checked again and again.
    FailoverRpc& rpc() {
        if (!rpc_) {
            std::vector<RpcNode> nodes;
            nodes.push_back({"first", std::move(first_owned_)});
            nodes.push_back({"second", std::move(second_owned_)});
            rpc_ = make_failover_rpc(tasks_, std::move(nodes), policy_, metrics_);
        }
        return *rpc_;
    }

    void start() {
        rpc().start();
        test::run_until(io_, [this] {
            return first_.calls["genesis_hash"] > 1 && second_.calls["genesis_hash"] > 1;
        });
    }

    base::Bytes wire_for(std::uint32_t number) {
        const auto blockhash = run_task(io_, chain_.latest_blockhash()).value();
        return solana::sign_transaction(
                   payer_,
                   jobs::withdraw_instructions(test::vector_rules(), test::make_withdraw(number)),
                   blockhash.blockhash)
            .wire;
    }

    RpcResult<solana::Signature> send(std::uint32_t number) {
        return run_task(io_, rpc().send(wire_for(number), Preflight::Run));
    }

    bool reads() { return run_task(io_, rpc().balance(solana::Pubkey{})).has_value(); }

    void pass(milliseconds time) { run_task(io_, base::sleep_for(time)); }

    boost::asio::io_context io_;
    base::TaskGroup tasks_{io_.get_executor(),
                           [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); }};
    test::FakeChain chain_;
    const solana::Keypair payer_ = test::load_relay_keypair();
    observability::MetricsRegistry metrics_;
    FailoverRpc::Policy policy_{
        .send_to = 1,
        .genesis_hash = std::nullopt,
        .check_interval = milliseconds(2),
        .check_interval_in_trouble = milliseconds(1),
        .max_lag = 50,
        .pauses = {.first_pause = milliseconds(20), .longest_pause = milliseconds(40)}};
    std::unique_ptr<StubNode> first_owned_ = std::make_unique<StubNode>(chain_);
    std::unique_ptr<StubNode> second_owned_ = std::make_unique<StubNode>(chain_);
    StubNode& first_ = *first_owned_;
    StubNode& second_ = *second_owned_;
    std::unique_ptr<FailoverRpc> rpc_;
};

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

TEST_F(FailoverTest, RetryAfterIsHonouredForEveryMethod) {
    start();
    first_.dead = {"balance"};
    first_.retry_after = std::chrono::seconds(60);
    EXPECT_TRUE(reads());
    EXPECT_TRUE(send(1).has_value());
    EXPECT_EQ(first_.calls["send"], 0);
    EXPECT_EQ(second_.calls["send"], 1);
}

TEST_F(FailoverTest, WithNoNodeLeftTheCallSaysWhyOfEach) {
    first_.dead = second_.dead = {"all"};
    const auto answer = run_task(io_, rpc().balance(solana::Pubkey{}));
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
    test::run_until(io_, [this] { return first_.calls["block_height"] > 0; });
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
    test::run_until(io_, [&] { return second_.calls["genesis_hash"] > checks + 1; });
    EXPECT_TRUE(reads());
}

TEST_F(FailoverTest, TheClusterMayBeNamed) {
    policy_.genesis_hash = "the genesis";
    first_.genesis = "another genesis";
    EXPECT_TRUE(reads());
    EXPECT_EQ(first_.calls["balance"], 0);
    EXPECT_EQ(run_task(io_, rpc().genesis_hash()), "the genesis");
}

TEST_F(FailoverTest, ANodeThatLagsIsUsedOnlyWhereThereIsNoOther) {
    first_.blocks_behind = 51;
    start();
    EXPECT_TRUE(reads());
    EXPECT_EQ(first_.calls["balance"], 0);
    second_.dead = {"all"};
    const int checks = second_.calls["genesis_hash"];
    test::run_until(io_, [&] { return second_.calls["genesis_hash"] > checks + 1; });
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

TEST_F(FailoverTest, AnExpiryNeedsTheWordOfEveryNodeThatIsWell) {
    start();
    const auto sent = send(1);
    ASSERT_TRUE(sent.has_value());
    chain_.advance(10);
    first_.forgets = true;
    second_.blocks_behind = 7;
    const auto report = run_task(io_, rpc().expiry_report({*sent}));
    ASSERT_TRUE(report.has_value());
    EXPECT_TRUE(report->report.statuses.at(0).has_value()); // the second remembers
    EXPECT_EQ(report->height.value, chain_.height().value - 7);
}

} // namespace
} // namespace relay::rpc
