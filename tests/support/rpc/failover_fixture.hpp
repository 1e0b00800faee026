#pragma once
// A failover over two nodes with faults and lies of their own, on one chain in memory.

#include "relay/base/encoding.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/node_rpc.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/keypair.hpp"
#include "relay/solana/pubkey.hpp"
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

namespace relay::test {

using rpc::AccountsQuery;
using rpc::AccountsReport;
using rpc::Consensus;
using rpc::EpochInfo;
using rpc::FailoverRpc;
using rpc::LatestBlockhash;
using rpc::NodeRpc;
using rpc::Preflight;
using rpc::RpcError;
using rpc::RpcNode;
using rpc::RpcResult;
using rpc::SignatureReport;
using rpc::Simulation;
using rpc::SlotPrice;
using rpc::StatusQuery;
using std::chrono::milliseconds;

/// One node's view of the chain, with faults and lies of its own.
class StubNode final : public NodeRpc {
  public:
    explicit StubNode(FakeChain& chain) : chain_(chain) {}

    /// Methods that are not answered; "send" is then not taken either.
    std::set<std::string> dead;
    RpcError::Kind dies_as = RpcError::Kind::Unavailable;
    bool loses_send_answers = false;
    /// Takes what is sent and passes nothing on.
    bool drops = false;
    std::optional<solana::TransactionError> verdict;
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
        if (verdict && flight == Preflight::Run) {
            return refuses();
        }
        if (drops) {
            return takes_only(std::move(wire));
        }
        auto call = chain_.send(std::move(wire), flight);
        return loses_send_answers ? forget_answer(std::move(call)) : std::move(call);
    }
    base::Task<RpcResult<void>> preflight(base::Bytes) override {
        return dies("preflight") ? fails<void>() : judge();
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
    base::Task<RpcResult<AccountsReport>> accounts(std::vector<solana::Pubkey> addresses,
                                                   AccountsQuery query) override {
        last_accounts_query = query;
        return dies("accounts") ? fails<AccountsReport>() : tell(std::move(addresses), query);
    }
    base::Task<RpcResult<solana::Lamports>> minimum_balance() override {
        return dies("minimum_balance") ? fails<solana::Lamports>() : tell_minimum();
    }
    base::Task<RpcResult<std::string>> genesis_hash() override {
        return dies("genesis_hash") ? fails<std::string>() : own_genesis();
    }
    base::Task<RpcResult<Simulation>> simulate(base::Bytes wire) override {
        return dies("simulate") ? fails<Simulation>() : chain_.simulate(std::move(wire));
    }
    base::Task<RpcResult<std::vector<SlotPrice>>> recent_prices(
        std::vector<solana::Pubkey> writable) override {
        return dies("recent_prices") ? fails<std::vector<SlotPrice>>()
                                     : chain_.recent_prices(std::move(writable));
    }
    base::Task<RpcResult<std::optional<solana::Slot>>> deployed_in(
        solana::Pubkey program) override {
        return dies("deployed_in") ? fails<std::optional<solana::Slot>>()
                                   : chain_.deployed_in(program);
    }
    base::Task<RpcResult<Consensus>> consensus() override {
        return dies("consensus") ? fails<Consensus>() : alpenglow();
    }

    StatusQuery last_query;
    AccountsQuery last_accounts_query;
    /// Knows no option of a slot to be reached.
    bool ignores_reached = false;
    std::uint64_t account_slot_lie = 0;
    solana::Lamports minimum{890'880};

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
    base::Task<RpcResult<void>> judge() {
        if (verdict) {
            co_return std::unexpected(refusal());
        }
        co_return RpcResult<void>{};
    }
    base::Task<RpcResult<solana::Signature>> refuses() { co_return std::unexpected(refusal()); }
    RpcError refusal() const {
        RpcError error;
        error.kind = RpcError::Kind::PreflightFailed;
        error.message = "refused";
        error.transaction_error = verdict;
        return error;
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
    base::Task<RpcResult<AccountsReport>> tell(std::vector<solana::Pubkey> addresses,
                                               AccountsQuery query) {
        auto told = co_await chain_.accounts(std::move(addresses));
        told->slot.value = chain_.slot().value + kSlotAhead - blocks_behind + account_slot_lie;
        if (query.reached && *query.reached > told->slot && !ignores_reached) {
            RpcError error;
            error.kind = RpcError::Kind::NotReached;
            co_return std::unexpected(std::move(error));
        }
        co_return told;
    }
    base::Task<RpcResult<solana::Lamports>> tell_minimum() { co_return minimum; }
    base::Task<RpcResult<std::string>> own_genesis() { co_return genesis; }
    base::Task<RpcResult<Consensus>> alpenglow() { co_return Consensus::Alpenglow; }

    /// Slots run ahead of heights by millions.
    static constexpr std::uint64_t kSlotAhead = 22'000'000;

    FakeChain& chain_;
};

class FailoverTest : public testing::Test {
  protected:
    ~FailoverTest() override {
        tasks_.cancel();
        run_task(clock_, tasks_.join());
    }

    /// The nodes' faults are set before; `start` also lets them be checked again and again.
    FailoverRpc& rpc() {
        if (!rpc_) {
            std::vector<RpcNode> nodes;
            nodes.push_back({"first", std::move(first_owned_)});
            nodes.push_back({"second", std::move(second_owned_)});
            rpc_ = rpc::make_failover_rpc(tasks_, std::move(nodes), policy_, metrics_);
        }
        return *rpc_;
    }

    void start() {
        rpc().start();
        run_until(clock_, [this] {
            return first_.calls["genesis_hash"] > 1 && second_.calls["genesis_hash"] > 1;
        });
    }

    base::Bytes wire_for(std::uint32_t number) {
        const auto blockhash = run_task(clock_, chain_.latest_blockhash()).value();
        return solana::sign_transaction(
                   payer_,
                   solana::withdraw_instructions(vector_plan(), kBudget, make_withdraw(number)),
                   blockhash.blockhash)
            .wire;
    }

    RpcResult<solana::Signature> send(std::uint32_t number) {
        return run_task(clock_, rpc().send(wire_for(number), Preflight::Run));
    }

    bool reads() { return run_task(clock_, rpc().balance(solana::Pubkey{})).has_value(); }

    void pass(milliseconds time) { test::pass(clock_, time); }

    boost::asio::io_context io_;
    ManualClock clock_{io_};
    base::TaskGroup tasks_{clock_,
                           [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); }};
    FakeChain chain_;
    const solana::Keypair payer_ = load_relay_keypair();
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

} // namespace relay::test
