#include "relay/rpc/failover.hpp"

#include "agreement.hpp"
#include "landings.hpp"
#include "node.hpp"
#include "node_health.hpp"
#include "nodes.hpp"
#include "relay/base/encoding.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/observability/logging.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/evidence.hpp"
#include "relay/rpc/node_rpc.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/transaction_error.hpp"
#include "relay/solana/units.hpp"
#include "witnesses.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relay::rpc {

using Kind = RpcError::Kind;

namespace {

using Answer = RpcResult<solana::Signature>;
/// Shared by who waits, and by the call, which goes on when nobody waits any more.
using Awaited = std::shared_ptr<base::OneShot<Answer>>;

/// A preflight's verdict that holds wherever it is asked; all else may be that node's state.
bool is_verdict(const RpcError& error) {
    using Failure = solana::TransactionError::Kind;
    if (error.kind != Kind::PreflightFailed || !error.transaction_error) {
        return false;
    }
    const auto& failure = *error.transaction_error;
    return failure.kind == Failure::AlreadyProcessed ||
           (failure.kind == Failure::Custom &&
            solana::describe_program_error(failure.number).permanent);
}

bool is_node_behind(const Answer& answer) {
    if (answer) {
        return false;
    }
    const auto& failure = answer.error().transaction_error;
    return failure && failure->kind == solana::TransactionError::Kind::BlockhashNotFound;
}

/// How much an answer to a send binds, where two nodes gave two: it was taken; it may have been; it
/// was judged; it was not looked at.
int weight(const Answer& answer) {
    if (answer) {
        return 4;
    }
    if (answer.error().kind == Kind::Unavailable) {
        return 3;
    }
    if (answer.error().kind == Kind::PreflightFailed) {
        return is_verdict(answer.error()) ? 2 : 1;
    }
    return 0;
}

Answer surer(Answer first, Answer second) {
    return weight(second) > weight(first) ? std::move(second) : std::move(first);
}

/// A blockhash's life is judged by a reading of the height that is no older.
constexpr std::chrono::milliseconds kFreshReading{500};

/// Without end for the last there is to ask.
std::optional<std::chrono::milliseconds> patience_with(const Node* node,
                                                       const std::vector<Node*>& nodes) {
    return node == nodes.back() ? std::nullopt : std::optional(kPatience);
}

solana::Signature signature_of(const base::Bytes& wire) {
    solana::Signature signature; // a legacy transaction begins with their number, which is one
    if (wire.size() > signature.bytes.size()) {
        std::copy_n(wire.begin() + 1, signature.bytes.size(), signature.bytes.begin());
    }
    return signature;
}

class Failover final : public FailoverRpc {
  public:
    Failover(base::TaskGroup& tasks, std::vector<RpcNode> nodes, Policy policy,
             observability::MetricsRegistry& metrics)
        : send_to_(std::max<std::size_t>(policy.send_to, 1)),
          tasks_(tasks),
          nodes_(tasks, std::move(nodes), std::move(policy), metrics) {}

    void start() override { nodes_.start(); }

    base::Task<RpcResult<LatestBlockhash>> latest_blockhash() override;
    base::Task<Answer> send(base::Bytes wire, Preflight preflight) override;
    base::Task<RpcResult<SignatureReport>> signature_statuses(
        std::vector<solana::Signature> signatures) override;
    base::Task<RpcResult<std::vector<Finding>>> look_into(std::vector<Question> asked) override {
        return witnesses_.look_into(std::move(asked));
    }

    base::Task<RpcResult<solana::Lamports>> balance(solana::Pubkey address) override {
        return first_answer<solana::Lamports>(
            RpcMethod::Balance, [address](NodeRpc& rpc) { return rpc.balance(address); });
    }

    base::Task<RpcResult<Simulation>> simulate(base::Bytes wire) override {
        return first_answer<Simulation>(
            RpcMethod::Simulate,
            [wire = std::move(wire)](NodeRpc& rpc) { return rpc.simulate(wire); });
    }

    base::Task<RpcResult<std::vector<SlotPrice>>> recent_prices(
        std::vector<solana::Pubkey> writable) override {
        return first_answer<std::vector<SlotPrice>>(
            RpcMethod::Prices,
            [writable = std::move(writable)](NodeRpc& rpc) { return rpc.recent_prices(writable); });
    }

    base::Task<RpcResult<std::optional<solana::Slot>>> deployed_in(
        solana::Pubkey program) override {
        return first_answer<std::optional<solana::Slot>>(
            RpcMethod::Deployment, [program](NodeRpc& rpc) { return rpc.deployed_in(program); });
    }

    base::Task<RpcResult<AccountsReport>> accounts(std::vector<solana::Pubkey> asked) override;
    base::Task<RpcResult<std::vector<AccountsReport>>> agreed_accounts(
        std::vector<solana::Pubkey> asked, AccountData data) override {
        return agreement_.accounts(std::move(asked), data);
    }
    base::Task<RpcResult<solana::Lamports>> minimum_balance() override {
        return agreement_.minimum_balance();
    }

    std::chrono::milliseconds slot_time() const override { return nodes_.slot_time(); }
    std::vector<NodeTrouble> troubles() const override { return nodes_.troubles(); }

  private:
    template <class T>
    base::Task<void> try_out(Node* node, RpcMethod method, Call<T> call);
    /// The nodes to ask, best first; those on trial only where there is no other.
    template <class T>
    base::Task<std::vector<Node*>> nodes_for(RpcMethod method, const Call<T>& call);
    template <class T>
    base::Task<RpcResult<T>> first_answer(RpcMethod method, Call<T> call);

    base::Task<void> send_too(Node* node, Call<solana::Signature> call, Awaited answer);
    Awaited send_beside(Node* node, const Call<solana::Signature>& call);
    base::Task<Answer> send_first(const base::Bytes& wire);
    base::Task<Answer> send_again(const base::Bytes& wire);
    void note_landings(const std::vector<solana::Signature>& asked, const SignatureReport& report);

    std::size_t send_to_;
    base::TaskGroup& tasks_;
    Nodes nodes_;
    Witnesses witnesses_{tasks_, nodes_};
    Agreement agreement_{tasks_, nodes_};
    Landings landings_;
};

// Each is awaited at once, by a frame that holds what it refers to.
// NOLINTBEGIN(cppcoreguidelines-avoid-reference-coroutine-parameters)

// Asking

template <class T>
base::Task<std::vector<Node*>> Failover::nodes_for(RpcMethod method, const Call<T>& call) {
    auto choice = co_await nodes_.choose(method);
    if (choice.well.empty()) {
        co_return std::move(choice.on_trial);
    }
    for (auto* node : choice.on_trial) {
        tasks_.spawn("try out an RPC node", try_out<T>(node, method, call));
    }
    co_return std::move(choice.well);
}

template <class T>
base::Task<void> Failover::try_out(Node* node, RpcMethod method, Call<T> call) {
    co_await nodes_.ask<T>(node, method, call);
}

template <class T>
base::Task<RpcResult<T>> Failover::first_answer(RpcMethod method, Call<T> call) {
    const auto nodes = co_await nodes_for<T>(method, call);
    RpcResult<T> answer = std::unexpected(nodes_.none_for(method));
    for (auto* node : nodes) {
        answer = co_await nodes_.ask<T>(node, method, call, patience_with(node, nodes));
        if (answer || !is_undone(answer.error())) {
            break;
        }
    }
    co_return answer;
}

base::Task<RpcResult<LatestBlockhash>> Failover::latest_blockhash() {
    const auto method = RpcMethod::LatestBlockhash;
    const Call<LatestBlockhash> call = [](NodeRpc& rpc) { return rpc.latest_blockhash(); };
    const auto nodes = co_await nodes_for<LatestBlockhash>(method, call);
    RpcResult<LatestBlockhash> answer = std::unexpected(nodes_.none_for(method));
    for (auto* node : nodes) {
        answer =
            co_await nodes_.ask<LatestBlockhash>(node, method, call, patience_with(node, nodes));
        if (!answer) {
            continue;
        }
        auto doubt = nodes_.doubt_of(*node, *answer);
        if (!doubt) {
            if (node->health.is_witness &&
                nodes_.now() - node->health.clock.read_at() > kFreshReading) {
                co_await nodes_.read_clock(node); // the fresher, the less has to be allowed for
            }
            answer->slot = std::min(answer->slot, nodes_.slot().value_or(answer->slot));
            const auto highest = nodes_.highest_now().value_or(solana::BlockHeight{0});
            answer->last_valid_block_height.value =
                std::max(answer->last_valid_block_height.value, highest.value + kBlockhashLife);
            break;
        }
        RpcError error;
        error.message = node->name + " cannot be right: " + *doubt;
        node->health.failed(method, nodes_.now(), error);
        answer = std::unexpected(std::move(error));
    }
    co_return answer;
}

base::Task<RpcResult<AccountsReport>> Failover::accounts(std::vector<solana::Pubkey> asked) {
    Call<AccountsReport> call = [asked = std::move(asked)](NodeRpc& rpc) {
        return rpc.accounts(asked, {});
    };
    auto report = co_await first_answer<AccountsReport>(RpcMethod::Accounts, std::move(call));
    if (report) {
        agreement_.heard(*report);
    }
    co_return report;
}

// Sending

base::Task<void> Failover::send_too(Node* node, Call<solana::Signature> call, Awaited answer) {
    auto given = co_await nodes_.ask<solana::Signature>(node, RpcMethod::Send, call);
    answer->set(std::move(given));
}

Awaited Failover::send_beside(Node* node, const Call<solana::Signature>& call) {
    auto answer = std::make_shared<base::OneShot<Answer>>(tasks_.executor());
    tasks_.spawn("send to a further RPC node", send_too(node, call, answer));
    return answer;
}

base::Task<Answer> Failover::send(base::Bytes wire, Preflight preflight) {
    if (preflight == Preflight::Skip) {
        co_return co_await send_again(wire);
    }
    auto answer = co_await send_first(wire);
    if (is_node_behind(answer)) { // nothing was forwarded, and no node knows better
        co_return co_await send_again(wire);
    }
    co_return answer;
}

base::Task<Answer> Failover::send_first(const base::Bytes& wire) {
    const Call<solana::Signature> call = [wire](NodeRpc& rpc) {
        return rpc.send(wire, Preflight::Run);
    };
    const auto nodes = co_await nodes_for<solana::Signature>(RpcMethod::Send, call);
    if (nodes.empty()) {
        co_return std::unexpected(nodes_.none_for(RpcMethod::Send));
    }
    const auto first_wave = std::min(send_to_, nodes.size());
    std::vector<Awaited> beside;
    for (std::size_t index = 1; index < first_wave; ++index) {
        beside.push_back(send_beside(nodes[index], call));
    }
    auto answer = co_await nodes_.ask<solana::Signature>(nodes.front(), RpcMethod::Send, call,
                                                         patience_with(nodes.front(), nodes));
    const Node* taker = nodes.front();
    for (const auto& other : beside) {
        if (answer) {
            break; // the others go on by themselves
        }
        auto further = co_await other->get();
        answer = surer(std::move(answer), std::move(further));
    }
    for (std::size_t index = first_wave; index < nodes.size(); ++index) {
        if (answer || is_verdict(answer.error())) {
            break;
        }
        taker = nodes[index];
        auto further = co_await nodes_.ask<solana::Signature>(nodes[index], RpcMethod::Send, call,
                                                              patience_with(nodes[index], nodes));
        answer = surer(std::move(answer), std::move(further));
    }
    if (answer && first_wave == 1) {
        landings_.taken(*answer, taker->number, nodes_.now());
    }
    co_return answer;
}

base::Task<Answer> Failover::send_again(const base::Bytes& wire) {
    const Call<solana::Signature> call = [wire](NodeRpc& rpc) {
        return rpc.send(wire, Preflight::Skip);
    };
    auto nodes = co_await nodes_for<solana::Signature>(RpcMethod::Send, call);
    const auto doubtful = nodes_.doubtful(RpcMethod::Send); // whoever is wrong: this does no harm
    nodes.insert(nodes.end(), doubtful.begin(), doubtful.end());
    Answer answer = std::unexpected(nodes_.none_for(RpcMethod::Send));
    if (nodes.size() > 1) {
        landings_.shared(signature_of(wire));
    }
    std::vector<Awaited> awaited;
    awaited.reserve(nodes.size());
    for (auto* node : nodes) {
        awaited.push_back(send_beside(node, call));
    }
    for (std::size_t index = 0; index < awaited.size() && !answer; ++index) {
        auto given = co_await awaited[index]->get();
        answer = index == 0 ? std::move(given) : surer(std::move(answer), std::move(given));
    }
    co_return answer;
}

// What became of it

base::Task<RpcResult<SignatureReport>> Failover::signature_statuses(
    std::vector<solana::Signature> signatures) {
    Call<SignatureReport> call = [signatures](NodeRpc& rpc) {
        return rpc.signature_statuses(signatures, {});
    };
    auto answer = co_await first_answer<SignatureReport>(RpcMethod::Statuses, std::move(call));
    if (answer) {
        note_landings(signatures, *answer);
    }
    co_return answer;
}

void Failover::note_landings(const std::vector<solana::Signature>& asked,
                             const SignatureReport& report) {
    for (std::size_t index = 0; index < asked.size(); ++index) {
        if (!report.statuses[index]) {
            continue;
        }
        const auto taker = landings_.seen(asked[index]);
        if (!taker) {
            continue;
        }
        auto& node = nodes_.at(taker->node);
        const auto now = nodes_.now();
        const bool had_place = !node.health.loses_its_place(now);
        if (taker->shared) {
            node.health.landed_by_others(now);
        } else {
            node.health.landed_by_itself();
        }
        if (had_place && node.health.loses_its_place(now)) {
            observability::log_warn(
                "node_keeps_transactions",
                "an RPC node takes transactions that only others land: it is asked last",
                {{"node", node.name}});
        }
    }
}

// NOLINTEND(cppcoreguidelines-avoid-reference-coroutine-parameters)

} // namespace

std::unique_ptr<FailoverRpc> make_failover_rpc(base::TaskGroup& tasks, std::vector<RpcNode> nodes,
                                               FailoverRpc::Policy policy,
                                               observability::MetricsRegistry& metrics) {
    return std::make_unique<Failover>(tasks, std::move(nodes), std::move(policy), metrics);
}

} // namespace relay::rpc
