#include "nodes.hpp"

#include "node.hpp"
#include "node_health.hpp"
#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/observability/logging.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/evidence.hpp"
#include "relay/rpc/failover.hpp"
#include "relay/rpc/node_rpc.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/units.hpp"

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <cassert>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relay::rpc {

using observability::log_info;
using Kind = RpcError::Kind;

namespace {

constexpr std::chrono::seconds kConsensusInterval{30};
/// A first look may take so long before the next node is looked at, too.
constexpr std::chrono::milliseconds kFirstLook{250};
constexpr std::chrono::milliseconds kGlance{2};

/// The node will not answer this question; what else it says is none the worse.
bool declines(const RpcError& error) {
    return error.kind == Kind::Unsupported || error.kind == Kind::Refused;
}

} // namespace

bool is_undone(const RpcError& error) {
    switch (error.kind) {
        case Kind::Unavailable:
        case Kind::Limited:
        case Kind::Refused:
        case Kind::Unsupported:
            return true;
        case Kind::NotReached:
        case Kind::NoHistory:
        case Kind::PreflightFailed:
            return false;
    }
    std::unreachable();
}

RpcError turn_too_late(const Node& node) {
    RpcError error;
    error.kind = Kind::Limited;
    error.message = node.name + " limits our rate, and our turn is too far off";
    return error;
}

Nodes::Nodes(base::TaskGroup& tasks, std::vector<RpcNode> nodes, FailoverRpc::Policy policy,
             observability::MetricsRegistry& metrics)
    : tasks_(tasks),
      clock_(tasks.clock()),
      policy_(std::move(policy)),
      genesis_(policy_.genesis_hash),
      slot_gauge_(metrics.gauge("relay_slot_seconds", "A slot's length, as measured")) {
    for (auto& node : nodes) {
        nodes_.push_back(std::make_unique<Node>(nodes_.size(), std::move(node), tasks.executor(),
                                                policy_.pauses, metrics));
    }
    assert(!nodes_.empty());
}

void Nodes::start() {
    for (auto& node : nodes_) {
        tasks_.spawn_loop("watch an RPC node", [this, at = node.get()] { return watch(at); });
    }
}

base::Task<void> Nodes::watch(Node* node) {
    for (;;) {
        co_await check(node, When::Always);
        co_await clock_.sleep_for(node->health.trouble ? policy_.check_interval_in_trouble
                                                       : policy_.check_interval);
    }
}

base::Task<void> Nodes::check(Node* node, When when) {
    const auto permit = co_await node->one_check.acquire();
    if (node->checked && when == When::IfNeverDone) {
        co_return;
    }
    const auto trouble = co_await trouble_of(node);
    // A node that limits our rate is as well, or as ill, as it was.
    if (!trouble || trouble->error.kind != Kind::Limited || !node->checked) {
        node->health.trouble = trouble ? std::optional(trouble->error.message) : std::nullopt;
        node->health.untrue = trouble && trouble->untrue;
    }
    node->checked = true;
    vote();
    tell_of(*node);
    if (const auto& read = node->health.clock.newest(); read && node->is_used()) {
        slot_clock_.saw(read->slot, clock_.now());
        slot_gauge_.set(std::chrono::duration<double>(slot_time()).count());
    }
    for (const auto& one : nodes_) {
        one->up.set(one->is_used() && one->health.answers(RpcMethod::Send) ? 1 : 0);
    }
}

void Nodes::tell_of(Node& node) const {
    if (node.is_used()) {
        node.left_alone.over(clock_.now());
    } else {
        node.left_alone.met(clock_.now(), node.health.trouble.value_or(
                                              node.outvoted.value_or("it lags behind the others")));
    }
}

base::Task<std::optional<Nodes::Trouble>> Nodes::trouble_of(Node* node) {
    auto trouble = co_await cluster_trouble(node);
    if (!trouble) {
        co_await ask_consensus(node);
        trouble = co_await clock_trouble(node);
    }
    co_return trouble;
}

base::Task<std::optional<Nodes::Trouble>> Nodes::cluster_trouble(Node* node) {
    const auto genesis = co_await node->rpc->genesis_hash();
    if (!genesis) {
        // The operator's word, or there being no other node, must do.
        if (declines(genesis.error()) && (policy_.genesis_hash || nodes_.size() == 1)) {
            co_return std::nullopt;
        }
        co_return Trouble{genesis.error(), false};
    }
    if (!genesis_) {
        genesis_ = *genesis;
        log_info("cluster_known", "the cluster is known",
                 {{"node", node->name}, {"genesis", *genesis}});
    }
    if (*genesis != *genesis_) {
        Trouble trouble{{}, true};
        trouble.error.message =
            "it is of another cluster: its genesis hash is " + *genesis + ", not " + *genesis_;
        co_return trouble;
    }
    co_return std::nullopt;
}

base::Task<void> Nodes::ask_consensus(Node* node) {
    const auto now = clock_.now();
    const bool asked = node->consensus_asked_at != base::Clock::time_point{};
    if (node->health.consensus == Consensus::Alpenglow || // there is no way back
        (asked && now - node->consensus_asked_at < kConsensusInterval)) {
        co_return;
    }
    node->consensus_asked_at = now;
    const auto consensus = co_await node->rpc->consensus();
    if (consensus) {
        node->health.consensus = *consensus;
    }
}

/// A doubtful reading is asked for again: behind one address may be one node that is wrong.
base::Task<std::optional<Nodes::Trouble>> Nodes::clock_trouble(Node* node) {
    Trouble trouble{{}, true};
    for (int tries = 0; tries < NodeClock::kMostDoubts; ++tries) {
        const auto asked_at = clock_.now();
        const auto reading = co_await node->rpc->epoch_info();
        node->health.is_witness = reading || !declines(reading.error());
        if (!reading) {
            if (!node->health.is_witness) {
                co_return std::nullopt;
            }
            co_return Trouble{reading.error(), false};
        }
        const auto blockhash = co_await node->rpc->latest_blockhash();
        auto doubt = blockhash ? contradiction(*reading, blockhash->last_valid_block_height,
                                               std::chrono::milliseconds(0))
                               : std::nullopt;
        if (!doubt) {
            doubt = node->health.clock.read(*reading, asked_at);
        }
        if (!doubt) {
            node->height.set(static_cast<double>(reading->height.value));
            if (blockhash) {
                const auto end = reading->height.value + kBlockhashLife;
                const auto told = blockhash->last_valid_block_height.value;
                node->health.strain = std::max(end, told) - std::min(end, told);
            }
            co_return std::nullopt;
        }
        trouble.error.message = "it cannot be right: " + *doubt;
    }
    co_return trouble;
}

/// Whom the others contradict, and who trails them. Those in trouble of their own have no vote.
void Nodes::vote() {
    std::vector<Node*> voters;
    for (const auto& node : nodes_) {
        node->outvoted.reset();
        node->health.lags = false;
        if (!node->health.trouble && node->health.clock.newest()) {
            voters.push_back(node.get());
        }
    }
    const auto support = [&](const Node* node) {
        return std::ranges::count_if(
            voters, [&](const Node* other) { return !disagreement(*node, *other); });
    };
    for (Node* node : voters) {
        for (const Node* other : voters) {
            auto reason = disagreement(*node, *other);
            if (reason && outweighs(*other, *node, support(other) - support(node))) {
                node->outvoted = "it cannot be right: " + *reason;
            }
        }
    }
    for (Node* node : voters) {
        // The others' slots are older than this one: what trails even those lags indeed.
        node->health.lags = std::ranges::any_of(voters, [&](const Node* other) {
            return !other->outvoted && node->health.clock.newest()->slot.value + policy_.max_lag <
                                           other->health.clock.newest()->slot.value;
        });
    }
}

Nodes::Choice Nodes::pick(RpcMethod method) {
    const auto now = clock_.now();
    Choice choice;
    std::vector<Node*> lagging;
    for (const auto& node : nodes_) {
        if (node->health.trouble) {
            continue;
        }
        if (node->outvoted) {
            choice.doubtful.push_back(node.get());
            continue;
        }
        switch (node->health.use(method, now)) {
            case NodeHealth::Use::Well:
                (node->health.lags ? lagging : choice.well).push_back(node.get());
                break;
            case NodeHealth::Use::Trial:
                choice.on_trial.push_back(node.get());
                break;
            case NodeHealth::Use::LeaveAlone:
                break;
        }
    }
    if (choice.well.empty()) {
        choice.well = std::move(lagging);
    } else {
        choice.doubtful.insert(choice.doubtful.end(), lagging.begin(), lagging.end());
    }
    // Whose turn for us comes first, before who is preferred.
    std::ranges::stable_sort(
        choice.well, {}, [method, now](Node* node) { return node->health.pace(method).wait(now); });
    if (method == RpcMethod::Send) {
        std::ranges::stable_partition(
            choice.well, [now](const Node* node) { return !node->health.loses_its_place(now); });
    }
    return choice;
}

base::Task<Nodes::Choice> Nodes::choose(RpcMethod method) {
    auto choice = pick(method);
    const auto found = [&choice] { return !choice.well.empty() || !choice.on_trial.empty(); };
    const auto unknown = [](const auto& node) { return !node->checked; };
    for (const auto& node : nodes_) {
        if (found() || node->checked) {
            continue;
        }
        tasks_.spawn("look at an RPC node", look_first(node.get()));
        const auto patience = clock_.after(kFirstLook);
        while (!node->checked && clock_.now() < patience) {
            co_await clock_.sleep_for(kGlance);
        }
        choice = pick(method);
    }
    while (!found() && std::ranges::any_of(nodes_, unknown)) {
        co_await clock_.sleep_for(kGlance);
        choice = pick(method);
    }
    co_return choice;
}

base::Task<void> Nodes::look_first(Node* node) {
    co_await check(node, When::IfNeverDone);
}

RpcError Nodes::none_for(RpcMethod method) const {
    RpcError error;
    for (const auto& node : nodes_) {
        const auto reason =
            node->health.trouble.value_or(node->outvoted.value_or(node->health.last_failure));
        error.message += (error.message.empty() ? "" : "; ") + node->name + ": " + reason;
        if (node->is_believed() && node->health.limits(method, clock_.now())) {
            error.kind = Kind::Limited;
        }
    }
    return error;
}

base::Task<void> Nodes::read_clock(Node* node) {
    const auto asked_at = clock_.now();
    const auto reading = co_await node->rpc->epoch_info();
    if (reading) {
        node->health.clock.read(*reading, asked_at);
    }
}

const Node* Nodes::furthest() const {
    const Node* best = nullptr;
    for (const auto& node : nodes_) {
        const auto& read = node->health.clock.newest();
        if (node->is_believed() && read &&
            (best == nullptr || read->slot > best->health.clock.newest()->slot)) {
            best = node.get();
        }
    }
    return best;
}

std::optional<std::string> Nodes::doubt_of(const Node& node,
                                           const LatestBlockhash& blockhash) const {
    const Node* by = node.health.clock.newest() ? &node : furthest();
    if (by == nullptr) {
        return std::nullopt; // no node tells the height: nothing will be proven either
    }
    const auto apart = std::chrono::duration_cast<std::chrono::milliseconds>(
        clock_.now() - by->health.clock.read_at());
    // NOLINTNEXTLINE(bugprone-unchecked-optional-access): chosen for having it
    return contradiction(*by->health.clock.newest(), blockhash.last_valid_block_height, apart);
}

std::optional<solana::BlockHeight> Nodes::highest_now() const {
    std::optional<solana::BlockHeight> highest;
    const auto now = clock_.now();
    for (const auto& node : nodes_) {
        const auto by_now = node->health.clock.highest_by(now);
        if (node->is_believed() && by_now) {
            highest = std::max(highest.value_or(*by_now), *by_now);
        }
    }
    return highest;
}

std::optional<solana::Slot> Nodes::slot() const {
    const Node* best = furthest();
    // NOLINTNEXTLINE(bugprone-unchecked-optional-access): chosen for having it
    return best == nullptr ? std::nullopt : std::optional(best->health.clock.newest()->slot);
}

std::vector<NodeTrouble> Nodes::troubles() const {
    std::vector<NodeTrouble> all;
    for (const auto& node : nodes_) {
        if (!node->checked) {
            continue;
        }
        const auto& outvoted = node->outvoted;
        if (const auto& trouble = node->health.trouble) {
            all.push_back({node->name, *trouble, node->health.untrue});
        } else if (outvoted) {
            all.push_back({node->name, *outvoted, true});
        } else if (node->health.lags) {
            all.push_back({node->name, "it lags behind the others", false});
        } else if (node->health.without_history_since) {
            all.push_back({node->name, "it keeps no history of transactions", false});
        } else if (!node->health.is_witness) {
            all.push_back({node->name, "it does not tell its block height", false});
        }
    }
    return all;
}

} // namespace relay::rpc
