#pragma once
// The nodes behind a FailoverRpc and what is thought of each: looks at their cluster, their clocks
// and their agreement again and again, and says which may be asked. An honest node is never left
// alone for what another says, unless more of them say it.

#include "node.hpp"
#include "node_health.hpp"
#include "relay/base/clock.hpp"
#include "relay/base/semaphore.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/evidence.hpp"
#include "relay/rpc/failover.hpp"
#include "relay/rpc/node_rpc.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/rpc/slot_clock.hpp"
#include "relay/solana/units.hpp"

#include <boost/asio/any_io_executor.hpp>
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

/// One call, to whichever node. May hold a transaction: passed by reference to what is awaited at
/// once, copied to what goes on beside.
template <class T>
using Call = std::function<base::Task<RpcResult<T>>(NodeRpc&)>;

/// The call was not carried out: another node may.
bool is_undone(const RpcError& error);

/// The node limits our rate, and the call's turn is too far off.
RpcError turn_too_late(const Node& node);

class Nodes {
  public:
    Nodes(base::TaskGroup& tasks, std::vector<RpcNode> nodes, FailoverRpc::Policy policy,
          observability::MetricsRegistry& metrics);

    /// Begins to look at them.
    void start();

    struct Choice {
        /// Best first; those that lag only where there is no other.
        std::vector<Node*> well;
        /// To be tried by one call.
        std::vector<Node*> on_trial;
        /// Answer the method, but lag, or are outvoted: good for what can do no harm.
        std::vector<Node*> doubtful;
    };
    /// At the start nodes are looked at first: the next in order where one does not answer soon.
    base::Task<Choice> choose(RpcMethod method);
    std::vector<Node*> doubtful(RpcMethod method) { return pick(method).doubtful; }
    /// The nodes to ask, best first. Those on trial are among them only where there is no other;
    /// else they are tried out beside, by a copy of the call.
    template <class T>
    base::Task<std::vector<Node*>> to_ask(
        // NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters)
        RpcMethod method, const Call<T>& call);
    /// Asks the node when its turn comes, for so long at most, and remembers how it did. Limited
    /// without a call where the turn is too far off.
    template <class T>
    base::Task<RpcResult<T>> ask(Node* node, RpcMethod method, const Call<T>& call,
                                 std::optional<std::chrono::milliseconds> patience = std::nullopt);
    /// Why none could be asked.
    RpcError none_for(RpcMethod method) const;

    /// Reads the node's clock, and believes it or does not.
    base::Task<void> read_clock(Node* node);
    /// Why the node's newest blockhash cannot be; none where it can.
    std::optional<std::string> doubt_of(const Node& node, const LatestBlockhash& blockhash) const;
    /// What the chain's height can be by now, at most, by what is believed.
    std::optional<solana::BlockHeight> highest_now() const;
    /// The furthest finalized slot that is believed.
    std::optional<solana::Slot> slot() const;

    std::chrono::milliseconds slot_time() const { return slot_clock_.slot_time(); }
    std::vector<NodeTrouble> troubles() const;
    base::Clock::time_point now() const { return clock_.now(); }
    std::size_t size() const { return nodes_.size(); }
    Node& at(std::size_t number) { return *nodes_[number]; }

  private:
    template <class T>
    base::Task<void> try_out(Node* node, RpcMethod method, Call<T> call);
    base::Task<void> watch(Node* node);
    /// check(), by a task of its own.
    base::Task<void> look_first(Node* node);
    enum class When { Always, IfNeverDone };
    base::Task<void> check(Node* node, When when);
    void tell_of(Node& node) const;
    struct Trouble {
        RpcError error;
        /// It said what cannot be so.
        bool untrue = false;
    };
    base::Task<std::optional<Trouble>> trouble_of(Node* node);
    base::Task<std::optional<Trouble>> cluster_trouble(Node* node);
    base::Task<void> ask_consensus(Node* node);
    base::Task<std::optional<Trouble>> clock_trouble(Node* node);
    void vote();
    Choice pick(RpcMethod method);
    const Node* furthest() const;

    base::TaskGroup& tasks_;
    base::Clock& clock_;
    FailoverRpc::Policy policy_;
    std::optional<std::string> genesis_;
    SlotClock slot_clock_;
    observability::Gauge slot_gauge_;
    std::vector<std::unique_ptr<Node>> nodes_;
};

/// So long a node is waited for where there is another to ask: without end for the last.
inline std::optional<std::chrono::milliseconds> patience_with(const Node* node,
                                                              const std::vector<Node*>& nodes) {
    return node == nodes.back() ? std::nullopt : std::optional(kPatience);
}

template <class T>
base::Task<std::vector<Node*>> Nodes::to_ask(
    // NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters)
    RpcMethod method, const Call<T>& call) {
    auto choice = co_await choose(method);
    if (choice.well.empty()) {
        co_return std::move(choice.on_trial);
    }
    for (auto* node : choice.on_trial) {
        tasks_.spawn("try out an RPC node", try_out<T>(node, method, call));
    }
    co_return std::move(choice.well);
}

template <class T>
base::Task<void> Nodes::try_out(Node* node, RpcMethod method, Call<T> call) {
    co_await ask<T>(node, method, call);
}

template <class T>
base::Task<RpcResult<T>> Nodes::ask(
    Node* node, RpcMethod method,
    // NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters)
    const Call<T>& call, std::optional<std::chrono::milliseconds> patience) {
    auto& pace = node->health.pace(method);
    const auto wait = pace.take_turn(clock_.now(), kPatience);
    node->tell_of_pace(method);
    if (!wait) {
        co_return std::unexpected(turn_too_late(*node));
    }
    if (*wait > std::chrono::nanoseconds(0)) {
        co_await clock_.sleep_for(*wait);
        if (pace.rests(clock_.now())) {
            co_return std::unexpected(turn_too_late(*node)); // refused meanwhile
        }
    }
    const auto asked_at = clock_.now();
    RpcResult<T> answer;
    if (patience) {
        auto in_time = co_await base::within(clock_.sleep_for(*patience), call(*node->rpc));
        RpcError late;
        late.message = "no answer within " + std::to_string(patience->count()) + " ms";
        answer = in_time ? std::move(*in_time) : RpcResult<T>(std::unexpected(std::move(late)));
    } else {
        answer = co_await call(*node->rpc);
    }
    if (!answer && is_undone(answer.error())) {
        node->health.failed(method, asked_at, clock_.now(), answer.error());
    } else {
        node->health.succeeded(method, asked_at, clock_.now());
    }
    node->tell_of_pace(method);
    co_return answer;
}

} // namespace relay::rpc
