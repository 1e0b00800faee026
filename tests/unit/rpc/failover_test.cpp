#include "relay/rpc/failover.hpp"

#include "relay/base/encoding.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/jobs/withdraw_request.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/node_rpc.hpp"
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

#include <algorithm>
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

/// One node's view of the chain, with faults and lies of its own.
class StubNode final : public NodeRpc {
  public:
    explicit StubNode(test::FakeChain& chain) : chain_(chain) {}

    /// Methods that are not answered; "send" is then not taken either.
    std::set<std::string> dead;
    RpcError::Kind dies_as = RpcError::Kind::Unavailable;
    bool loses_send_answers = false;
    /// Takes what is sent and passes nothing on.
    bool drops = false;
    std::optional<solana::TransactionError> preflight;
    bool forgets = false;
    bool without_history = false;
    std::string genesis = "the genesis";
    std::uint64_t blocks_behind = 0;
    /// What its statuses are behind, beside what it is itself.
    std::uint64_t statuses_behind = 0;
    std::int64_t height_lie = 0;
    std::int64_t last_valid_lie = 0;
    std::optional<std::chrono::seconds> retry_after;
    std::map<std::string, int> calls;
    std::vector<Preflight> sent;

    base::Task<RpcResult<LatestBlockhash>> latest_blockhash() override {
        return dies("latest_blockhash") ? fails<LatestBlockhash>() : blockhash();
    }
    base::Task<RpcResult<solana::Signature>> send(base::Bytes wire, Preflight flight) override {
        if (dies("send")) {
            return fails<solana::Signature>();
        }
        sent.push_back(flight);
        if (preflight && flight == Preflight::Run) {
            return refuses();
        }
        if (drops) {
            return takes_only(std::move(wire));
        }
        auto call = chain_.send(std::move(wire), flight);
        return loses_send_answers ? forget_answer(std::move(call)) : std::move(call);
    }
    base::Task<RpcResult<SignatureReport>> signature_statuses(std::vector<solana::Signature> asked,
                                                              StatusQuery query) override {
        last_query = query;
        return dies(query.history ? "history" : "signature_statuses") ? fails<SignatureReport>()
                                                                      : report(asked, query);
    }
    base::Task<RpcResult<EpochInfo>> epoch_info() override {
        return dies("epoch_info") ? fails<EpochInfo>() : epoch();
    }
    base::Task<RpcResult<solana::Lamports>> balance(solana::Pubkey address) override {
        return dies("balance") ? fails<solana::Lamports>() : chain_.balance(address);
    }
    base::Task<RpcResult<std::string>> genesis_hash() override {
        return dies("genesis_hash") ? fails<std::string>() : own_genesis();
    }
    base::Task<RpcResult<Consensus>> consensus() override {
        return dies("consensus") ? fails<Consensus>() : alpenglow();
    }

    StatusQuery last_query;

  private:
    bool dies(const std::string& method) {
        ++calls[method];
        return dead.contains(method) || dead.contains("all");
    }
    template <class T>
    base::Task<RpcResult<T>> fails() {
        RpcError error;
        error.kind = dies_as;
        error.message = "the stub is dead";
        error.retry_after = retry_after;
        co_return std::unexpected(std::move(error));
    }
    base::Task<RpcResult<solana::Signature>> refuses() {
        RpcError error;
        error.kind = RpcError::Kind::PreflightFailed;
        error.message = "refused";
        error.transaction_error = preflight;
        co_return std::unexpected(std::move(error));
    }
    base::Task<RpcResult<solana::Signature>> takes_only(base::Bytes wire) {
        solana::Signature signature;
        std::copy_n(wire.begin() + 1, signature.bytes.size(), signature.bytes.begin());
        co_return signature;
    }
    base::Task<RpcResult<solana::Signature>> forget_answer(
        base::Task<RpcResult<solana::Signature>> call) {
        co_await std::move(call);
        RpcError error;
        error.message = "cut";
        co_return std::unexpected(std::move(error));
    }
    base::Task<RpcResult<LatestBlockhash>> blockhash() {
        auto told = co_await chain_.latest_blockhash();
        told->last_valid_block_height.value += static_cast<std::uint64_t>(last_valid_lie);
        co_return told;
    }
    base::Task<RpcResult<EpochInfo>> epoch() {
        co_return EpochInfo{
            {chain_.slot().value + kSlotAhead - blocks_behind},
            {chain_.height().value - blocks_behind + static_cast<std::uint64_t>(height_lie)}};
    }
    base::Task<RpcResult<SignatureReport>> report(std::vector<solana::Signature> asked,
                                                  StatusQuery query) {
        const auto slot = chain_.slot().value + kSlotAhead - blocks_behind - statuses_behind;
        RpcError error;
        if (query.reached && query.reached->value > slot) {
            error.kind = RpcError::Kind::NotReached;
            co_return std::unexpected(std::move(error));
        }
        if (query.history && without_history) {
            error.kind = RpcError::Kind::NoHistory;
            co_return std::unexpected(std::move(error));
        }
        auto told = co_await chain_.signature_statuses(asked);
        told->slot.value = slot;
        for (auto& status : told->statuses) {
            if (forgets || (status && status->slot.value + kSlotAhead > slot)) {
                status.reset();
            }
        }
        co_return told;
    }
    base::Task<RpcResult<std::string>> own_genesis() { co_return genesis; }
    base::Task<RpcResult<Consensus>> alpenglow() { co_return Consensus::Alpenglow; }

    /// Slots run ahead of heights by millions.
    static constexpr std::uint64_t kSlotAhead = 22'000'000;

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

TEST_F(FailoverTest, A429PacesThatMethodOnThatNodeAndOneGoodAnswerOpensAgain) {
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
        const auto answer = run_task(io_, rpc().balance(solana::Pubkey{}));
        ASSERT_FALSE(answer.has_value());
        EXPECT_EQ(answer.error().kind, RpcError::Kind::Limited);
    }
    EXPECT_EQ(first_.calls["balance"], 1);
    EXPECT_TRUE(send(1).has_value());
    first_.dead = {};
    pass(milliseconds(25));
    EXPECT_TRUE(reads());
    EXPECT_TRUE(reads());
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
        first_.preflight.emplace().kind = kind;
        EXPECT_TRUE(send(++number).has_value());
    }
    first_.preflight = test::program_error(solana::kRootNotFound);
    EXPECT_TRUE(send(++number).has_value());
    first_.preflight = test::program_error(0x1010); // a proof is invalid everywhere
    const int before = second_.calls["send"];
    EXPECT_EQ(send(++number).error().kind, RpcError::Kind::PreflightFailed);
    EXPECT_EQ(second_.calls["send"], before);
}

TEST_F(FailoverTest, WhereNoNodeKnowsTheBlockhashYetItIsSentOnAtOnceWithoutPreflight) {
    start();
    first_.preflight.emplace().kind = solana::TransactionError::Kind::BlockhashNotFound;
    second_.preflight = first_.preflight;
    EXPECT_TRUE(send(1).has_value());
    test::run_ready(io_);
    EXPECT_EQ(first_.sent, (std::vector<Preflight>{Preflight::Run, Preflight::Skip}));
    EXPECT_EQ(second_.sent, (std::vector<Preflight>{Preflight::Run, Preflight::Skip}));
}

TEST_F(FailoverTest, WhatIsSentAgainGoesToEveryNode) {
    start();
    const auto wire = wire_for(1);
    EXPECT_TRUE(run_task(io_, rpc().send(wire, Preflight::Run)).has_value());
    EXPECT_TRUE(run_task(io_, rpc().send(wire, Preflight::Skip)).has_value());
    test::run_ready(io_);
    EXPECT_EQ(first_.calls["send"], 2);
    EXPECT_EQ(second_.calls["send"], 1);
}

TEST_F(FailoverTest, ANodeThatLandsNothingWhileOthersDoLosesItsPlace) {
    start();
    first_.drops = true;
    for (std::uint32_t number = 1; number <= 3; ++number) {
        const auto wire = wire_for(number);
        const auto taken = run_task(io_, rpc().send(wire, Preflight::Run));
        ASSERT_TRUE(taken.has_value());
        EXPECT_EQ(second_.sent.size(), number - 1);
        run_task(io_, rpc().send(wire, Preflight::Skip));
        test::run_ready(io_);
        chain_.advance();
        run_task(io_, rpc().signature_statuses({*taken}));
    }
    const auto before = first_.calls["send"];
    EXPECT_TRUE(send(4).has_value());
    EXPECT_EQ(first_.calls["send"], before);
    EXPECT_EQ(second_.sent.back(), Preflight::Run);
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
    test::run_until(io_, [this] { return first_.calls["epoch_info"] > 0; });
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
    EXPECT_TRUE(rpc().troubles().at(0).untrue);
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
    test::run_until(io_, [this] { return rpc().troubles().empty(); });
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
    test::run_until(io_, [this] { return rpc().troubles().size() == 1; });
    EXPECT_EQ(rpc().troubles()[0].node, "first");
    EXPECT_TRUE(reads());
    EXPECT_EQ(first_.calls["balance"], 0);
}

TEST_F(FailoverTest, ABlockhashThatCannotLiveSoLongIsNotHandedOut) {
    start();
    const auto honest = run_task(io_, rpc().latest_blockhash()).value();
    EXPECT_EQ(honest.last_valid_block_height.value, chain_.height().value + 150);
    first_.last_valid_lie = 1'000'000'000;
    const auto next = run_task(io_, rpc().latest_blockhash());
    ASSERT_TRUE(next.has_value()); // of the second
    EXPECT_EQ(next->last_valid_block_height.value, chain_.height().value + 150);
}

TEST_F(FailoverTest, ALastValidHeightThatIsTooLowIsRaisedToWhatTheHeightAllows) {
    start();
    first_.last_valid_lie = -100; // it would seem to be dead while it can land
    const auto told = run_task(io_, rpc().latest_blockhash()).value();
    EXPECT_EQ(told.last_valid_block_height.value, chain_.height().value + 150);
}

class ProofTest : public FailoverTest {
  protected:
    /// A transaction that landed, or did not, and whose life is over.
    Question asked(bool landed, std::uint64_t blocks = 200) {
        start();
        const auto wire = wire_for(1);
        const auto last_valid = chain_.height().value + 150;
        first_.drops = second_.drops = !landed;
        const auto taken = run_task(io_, rpc().send(wire, Preflight::Run));
        advance(blocks);
        return {*taken, {last_valid}, std::chrono::seconds(60)};
    }
    /// At a pace that a chain may have; the nodes are looked at meanwhile.
    void advance(std::uint64_t blocks) {
        for (; blocks > 0; blocks -= std::min<std::uint64_t>(blocks, 50)) {
            chain_.advance(std::min<std::uint64_t>(blocks, 50));
            const int looks = first_.calls["epoch_info"] + second_.calls["epoch_info"];
            test::run_until(io_, [&] {
                return first_.calls["epoch_info"] + second_.calls["epoch_info"] > looks + 4;
            });
        }
    }
    Finding finding(const Question& question) {
        std::vector<Question> questions = {question};
        return run_task(io_, rpc().look_into(questions)).value().at(0);
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
    EXPECT_FALSE(run_task(io_, rpc().look_into(questions)).has_value());
}

} // namespace
} // namespace relay::rpc
