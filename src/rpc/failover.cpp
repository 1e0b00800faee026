#include "relay/rpc/failover.hpp"

#include "node_health.hpp"
#include "relay/base/breaker.hpp"
#include "relay/base/encoding.hpp"
#include "relay/base/semaphore.hpp"
#include "relay/base/signal.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/observability/logging.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/units.hpp"

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <cassert>
#include <chrono>
#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relay::rpc {

using observability::log_info;
using observability::log_warn;

namespace {

using Clock = NodeHealth::Clock;

/// One call, to whichever node. May hold a transaction: passed by reference to what is awaited at
/// once, copied to what goes on beside.
template <class T>
using Call = std::function<base::Task<RpcResult<T>>(SolanaRpc&)>;

bool is_unavailable(const auto& answer) {
    return !answer && answer.error().kind == RpcError::Kind::Unavailable;
}

/// Of two nodes' answers to one send, what is known for sure. See the header on safety.
RpcResult<solana::Signature> surer(RpcResult<solana::Signature> first,
                                   RpcResult<solana::Signature> second) {
    if (first || (is_unavailable(first) && !second)) {
        return first;
    }
    if (second || is_unavailable(second)) {
        return second;
    }
    return first;
}

struct Node {
    std::string name;
    std::unique_ptr<SolanaRpc> rpc;
    NodeHealth health;
    base::Semaphore one_check;
    observability::Gauge up;
    observability::Gauge height;
    bool checked = false;

    Node(RpcNode node, const boost::asio::any_io_executor& executor, base::Breaker::Policy pauses,
         observability::MetricsRegistry& metrics)
        : name(std::move(node.name)),
          rpc(std::move(node.rpc)),
          health(pauses),
          one_check(executor, 1),
          up(metrics.gauge("relay_rpc_node_up", "1 while the node is used", {{"node", name}})),
          height(metrics.gauge("relay_rpc_node_block_height",
                               "Where the node stood when last asked", {{"node", name}})) {}
};

class FailoverRpcOverNodes final : public FailoverRpc {
  public:
    FailoverRpcOverNodes(base::TaskGroup& tasks, std::vector<RpcNode> nodes, Policy policy,
                         observability::MetricsRegistry& metrics)
        : policy_(std::move(policy)), genesis_(policy_.genesis_hash), tasks_(tasks) {
        for (auto& node : nodes) {
            nodes_.push_back(
                std::make_unique<Node>(std::move(node), tasks.executor(), policy_.pauses, metrics));
        }
        assert(!nodes_.empty());
    }

    void start() override {
        for (auto& node : nodes_) {
            tasks_.spawn_loop("watch an RPC node", [this, at = node.get()] { return watch(at); });
        }
    }

    base::Task<RpcResult<LatestBlockhash>> latest_blockhash() override {
        return first_answer<LatestBlockhash>(RpcMethod::LatestBlockhash,
                                             [](SolanaRpc& rpc) { return rpc.latest_blockhash(); });
    }

    base::Task<RpcResult<solana::Signature>> send(base::Bytes wire, Preflight preflight) override;

    base::Task<RpcResult<SignatureReport>> signature_statuses(
        std::vector<solana::Signature> signatures) override {
        return first_answer<SignatureReport>(RpcMethod::Statuses,
                                             [signatures = std::move(signatures)](SolanaRpc& rpc) {
                                                 return rpc.signature_statuses(signatures);
                                             });
    }

    base::Task<RpcResult<solana::BlockHeight>> block_height() override {
        return first_answer<solana::BlockHeight>(RpcMethod::BlockHeight,
                                                 [](SolanaRpc& rpc) { return rpc.block_height(); });
    }

    base::Task<RpcResult<ExpiryReport>> expiry_report(
        std::vector<solana::Signature> signatures) override;

    base::Task<RpcResult<solana::Lamports>> balance(solana::Pubkey address) override {
        return first_answer<solana::Lamports>(
            RpcMethod::Balance, [address](SolanaRpc& rpc) { return rpc.balance(address); });
    }

    /// Of the cluster all nodes must be of.
    base::Task<RpcResult<std::string>> genesis_hash() override {
        const auto height = co_await block_height(); // some node is well, and so has been checked
        if (!height) {
            co_return std::unexpected(height.error());
        }
        co_return genesis_.value_or("");
    }

  private:
    base::Task<void> watch(Node* node);
    enum class When { Always, IfNeverDone };
    base::Task<void> check(Node* node, When when);
    base::Task<std::optional<std::string>> trouble_of(Node* node);
    bool lags(const Node& checked) const;
    static bool is_used(const Node& node) { return !node.health.trouble && !node.health.lags; }

    std::vector<Node*> pick(RpcMethod method, std::vector<Node*>& on_trial);
    RpcError no_node() const;

    template <class T>
    base::Task<RpcResult<T>> ask(Node* node, RpcMethod method, const Call<T>& call);
    template <class T>
    base::Task<void> try_out(Node* node, RpcMethod method, Call<T> call);
    /// The nodes to ask, best first; those on trial only where there is no other.
    template <class T>
    base::Task<std::vector<Node*>> nodes_for(RpcMethod method, const Call<T>& call);
    template <class T>
    base::Task<RpcResult<T>> first_answer(RpcMethod method, Call<T> call);
    base::Task<void> send_too(Node* node, Call<solana::Signature> call,
                              std::shared_ptr<base::OneShot<RpcResult<solana::Signature>>> answer);

    Policy policy_;
    std::optional<std::string> genesis_;
    std::vector<std::unique_ptr<Node>> nodes_;
    base::TaskGroup& tasks_;
};

// Which nodes

base::Task<void> FailoverRpcOverNodes::watch(Node* node) {
    for (;;) {
        co_await check(node, When::Always);
        co_await base::sleep_for(node->health.trouble ? policy_.check_interval_in_trouble
                                                      : policy_.check_interval);
    }
}

base::Task<void> FailoverRpcOverNodes::check(Node* node, When when) {
    const auto permit = co_await node->one_check.acquire();
    if (node->checked && when == When::IfNeverDone) {
        co_return;
    }
    const bool was_used = is_used(*node);
    auto trouble = co_await trouble_of(node);
    const bool first = !std::exchange(node->checked, true);
    node->health.trouble = trouble;
    node->health.lags = !trouble && lags(*node);
    if (node->health.lags) {
        trouble = "it lags behind the others";
    }
    if (trouble && (was_used || first)) {
        log_warn("an RPC node is left alone", {{"node", node->name}, {"reason", *trouble}});
    } else if (!trouble && !was_used && !first) {
        log_info("an RPC node is used again", {{"node", node->name}});
    }
    node->up.set(is_used(*node) && node->health.sends() ? 1 : 0);
}

base::Task<std::optional<std::string>> FailoverRpcOverNodes::trouble_of(Node* node) {
    const auto genesis = co_await node->rpc->genesis_hash();
    if (!genesis) {
        co_return genesis.error().message;
    }
    if (!genesis_) {
        genesis_ = *genesis;
        log_info("the cluster is known", {{"node", node->name}, {"genesis", *genesis}});
    }
    if (*genesis != *genesis_) {
        co_return "it is of another cluster: its genesis hash is " + *genesis + ", not " +
            *genesis_;
    }
    const auto height = co_await node->rpc->block_height();
    if (!height) {
        co_return height.error().message;
    }
    node->health.height = *height;
    node->height.set(static_cast<double>(height->value));
    co_return std::nullopt;
}

bool FailoverRpcOverNodes::lags(const Node& checked) const {
    // The others' heights are older than this one: what trails even those lags indeed.
    return std::ranges::any_of(nodes_, [&](const auto& other) {
        return !other->health.trouble && other->health.height && checked.health.height &&
               checked.health.height->value + policy_.max_lag < other->health.height->value;
    });
}

std::vector<Node*> FailoverRpcOverNodes::pick(RpcMethod method, std::vector<Node*>& on_trial) {
    const auto now = Clock::now();
    std::vector<Node*> well;
    std::vector<Node*> lagging;
    for (const auto& node : nodes_) {
        if (node->health.trouble) {
            continue;
        }
        switch (node->health.use(method, now)) {
            case NodeHealth::Use::Well:
                (node->health.lags ? lagging : well).push_back(node.get());
                break;
            case NodeHealth::Use::Trial:
                on_trial.push_back(node.get());
                break;
            case NodeHealth::Use::LeaveAlone:
                break;
        }
    }
    return well.empty() ? lagging : well;
}

RpcError FailoverRpcOverNodes::no_node() const {
    RpcError error;
    for (const auto& node : nodes_) {
        error.message += (error.message.empty() ? "" : "; ") + node->name + ": " +
                         node->health.trouble.value_or(node->health.last_failure);
    }
    return error;
}

// NOLINTBEGIN(cppcoreguidelines-avoid-reference-coroutine-parameters): see Call.

template <class T>
base::Task<std::vector<Node*>> FailoverRpcOverNodes::nodes_for(RpcMethod method,
                                                               const Call<T>& call) {
    std::vector<Node*> on_trial;
    auto nodes = pick(method, on_trial);
    for (const auto& node : nodes_) {
        if (!nodes.empty() || !on_trial.empty()) {
            break;
        }
        if (!node->checked) { // at the start: the first in order that answers
            co_await check(node.get(), When::IfNeverDone);
            nodes = pick(method, on_trial);
        }
    }
    if (nodes.empty()) {
        co_return on_trial;
    }
    for (auto* node : on_trial) {
        tasks_.spawn("try out an RPC node", try_out<T>(node, method, call));
    }
    co_return nodes;
}

// Asking them

template <class T>
base::Task<RpcResult<T>> FailoverRpcOverNodes::ask(Node* node, RpcMethod method,
                                                   const Call<T>& call) {
    auto answer = co_await call(*node->rpc);
    if (is_unavailable(answer)) {
        const auto asked_pause = answer.error().retry_after.value_or(std::chrono::seconds(0));
        node->health.failed(method, Clock::now(), asked_pause, answer.error().message);
    } else {
        node->health.succeeded(method);
    }
    co_return answer;
}

// NOLINTEND(cppcoreguidelines-avoid-reference-coroutine-parameters)

template <class T>
base::Task<void> FailoverRpcOverNodes::try_out(Node* node, RpcMethod method, Call<T> call) {
    co_await ask<T>(node, method, call);
}

template <class T>
base::Task<RpcResult<T>> FailoverRpcOverNodes::first_answer(RpcMethod method, Call<T> call) {
    const auto nodes = co_await nodes_for<T>(method, call);
    RpcResult<T> answer = std::unexpected(no_node());
    for (auto* node : nodes) {
        answer = co_await ask<T>(node, method, call);
        if (!is_unavailable(answer)) {
            break;
        }
    }
    co_return answer;
}

base::Task<void> FailoverRpcOverNodes::send_too(
    Node* node, Call<solana::Signature> call,
    std::shared_ptr<base::OneShot<RpcResult<solana::Signature>>> answer) {
    auto given = co_await ask<solana::Signature>(node, RpcMethod::Send, call);
    answer->set(std::move(given));
}

base::Task<RpcResult<solana::Signature>> FailoverRpcOverNodes::send(base::Bytes wire,
                                                                    Preflight preflight) {
    const Call<solana::Signature> call = [wire = std::move(wire), preflight](SolanaRpc& rpc) {
        return rpc.send(wire, preflight);
    };
    const auto nodes = co_await nodes_for<solana::Signature>(RpcMethod::Send, call);
    if (nodes.empty()) {
        co_return std::unexpected(no_node());
    }
    std::vector<std::shared_ptr<base::OneShot<RpcResult<solana::Signature>>>> beside;
    const auto first_wave = std::min(std::max<std::size_t>(policy_.send_to, 1), nodes.size());
    for (std::size_t index = 1; index < first_wave; ++index) {
        beside.push_back(
            std::make_shared<base::OneShot<RpcResult<solana::Signature>>>(tasks_.executor()));
        tasks_.spawn("send to a further RPC node", send_too(nodes[index], call, beside.back()));
    }
    auto answer = co_await ask<solana::Signature>(nodes.front(), RpcMethod::Send, call);
    for (const auto& other : beside) {
        if (answer) {
            break; // the others go on by themselves
        }
        auto further = co_await other->get();
        answer = surer(std::move(answer), std::move(further));
    }
    for (std::size_t index = first_wave; index < nodes.size() && is_unavailable(answer); ++index) {
        auto further = co_await ask<solana::Signature>(nodes[index], RpcMethod::Send, call);
        answer = surer(std::move(answer), std::move(further));
    }
    co_return answer;
}

base::Task<RpcResult<ExpiryReport>> FailoverRpcOverNodes::expiry_report(
    std::vector<solana::Signature> signatures) {
    const Call<ExpiryReport> call = [signatures](SolanaRpc& rpc) {
        return rpc.expiry_report(signatures);
    };
    const auto nodes = co_await nodes_for<ExpiryReport>(RpcMethod::ExpiryReport, call);
    RpcResult<ExpiryReport> merged = std::unexpected(no_node());
    for (auto* node : nodes) {
        auto report = co_await ask<ExpiryReport>(node, RpcMethod::ExpiryReport, call);
        if (!report || !merged) {
            if (!merged) {
                merged = std::move(report);
            }
            continue;
        }
        merged->height.value = std::min(merged->height.value, report->height.value);
        for (std::size_t index = 0; index < signatures.size(); ++index) {
            auto& known = merged->report.statuses[index];
            auto& told = report->report.statuses[index];
            if (told && (!known || (told->committed && !known->committed))) {
                known = std::move(told);
            }
        }
    }
    co_return merged;
}

} // namespace

std::unique_ptr<FailoverRpc> make_failover_rpc(base::TaskGroup& tasks, std::vector<RpcNode> nodes,
                                               FailoverRpc::Policy policy,
                                               observability::MetricsRegistry& metrics) {
    return std::make_unique<FailoverRpcOverNodes>(tasks, std::move(nodes), std::move(policy),
                                                  metrics);
}

} // namespace relay::rpc
