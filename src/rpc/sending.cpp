#include "sending.hpp"

#include "landings.hpp"
#include "node.hpp"
#include "node_health.hpp"
#include "nodes.hpp"
#include "relay/base/encoding.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/observability/logging.hpp"
#include "relay/rpc/node_rpc.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/transaction_error.hpp"
#include "send_paths.hpp"
#include "takers.hpp"

#include <algorithm>
#include <cstddef>
#include <expected>
#include <memory>
#include <utility>
#include <vector>

namespace relay::rpc {

using Kind = RpcError::Kind;

namespace {

bool is_node_behind(const RpcError& error) {
    const auto& failure = error.transaction_error;
    return failure && failure->kind == solana::TransactionError::Kind::BlockhashNotFound;
}

/// No node was willing to simulate: each may yet run its own preflight at a send.
bool is_declined(const RpcError& error) {
    return error.kind == Kind::Limited || error.kind == Kind::Refused ||
           error.kind == Kind::Unsupported;
}

solana::Signature signature_of(const base::Bytes& wire) {
    solana::Signature signature; // a legacy transaction begins with their number, which is one
    if (wire.size() > signature.bytes.size()) {
        std::copy_n(wire.begin() + 1, signature.bytes.size(), signature.bytes.begin());
    }
    return signature;
}

} // namespace

Sending::Sending(base::TaskGroup& tasks, Nodes& nodes, std::size_t send_to, SendPaths paths)
    : tasks_(tasks),
      nodes_(nodes),
      send_to_(std::max<std::size_t>(send_to, 1)),
      paths_(std::move(paths)) {}

// Each is awaited at once, by a frame that holds what it refers to.
// NOLINTBEGIN(cppcoreguidelines-avoid-reference-coroutine-parameters)

base::Task<SendAnswer> Sending::send(base::Bytes wire, Preflight preflight) {
    if (preflight == Preflight::Skip) {
        co_return co_await send_everywhere(wire);
    }
    if (!paths_.empty()) {
        co_return co_await send_by_every_path(wire);
    }
    auto answer = co_await send_first(wire);
    if (!answer &&
        is_node_behind(answer.error())) { // nothing was forwarded, and no node knows better
        co_return co_await send_everywhere(wire);
    }
    co_return answer;
}

/// For the first time, where an endpoint would forward what a preflight refuses.
base::Task<SendAnswer> Sending::send_by_every_path(const base::Bytes& wire) {
    const auto judged = co_await preflight(wire);
    if (judged || is_node_behind(judged.error())) {
        co_return co_await send_everywhere(wire);
    }
    if (!is_declined(judged.error())) {
        co_return std::unexpected(judged.error()); // nothing was forwarded
    }
    auto answer = co_await send_first(wire);
    if (answer) {
        const auto paths = paths_.ready();
        paths_.send(paths, wire,
                    std::make_shared<Takers>(tasks_.executor(), paths.size(), RpcError{}));
    }
    co_return answer;
}

/// By the first node that simulates it, or whose verdict holds everywhere; else the word of one
/// that did rather than that of one that did not.
base::Task<RpcResult<void>> Sending::preflight(const base::Bytes& wire) {
    const Call<void> call = [wire](NodeRpc& rpc) { return rpc.preflight(wire); };
    const auto nodes = co_await nodes_.to_ask<void>(RpcMethod::Simulate, call);
    auto none = nodes_.none_for(RpcMethod::Simulate);
    none.kind = Kind::Unsupported; // nobody was asked
    RpcResult<void> word = std::unexpected(std::move(none));
    for (auto* node : nodes) {
        auto further =
            co_await nodes_.ask<void>(node, RpcMethod::Simulate, call, patience_with(node, nodes));
        if (further || is_verdict(further.error())) {
            co_return further;
        }
        if (word.error().kind != Kind::PreflightFailed) {
            word = std::move(further);
        }
    }
    co_return word;
}

base::Task<void> Sending::send_too(Node* node, Call<solana::Signature> call, Awaited answer) {
    auto given = co_await nodes_.ask<solana::Signature>(node, RpcMethod::Send, call);
    answer->set(std::move(given));
}

base::Task<SendAnswer> Sending::send_first(const base::Bytes& wire) {
    const Call<solana::Signature> call = [wire](NodeRpc& rpc) {
        return rpc.send(wire, Preflight::Run);
    };
    const auto nodes = co_await nodes_.to_ask<solana::Signature>(RpcMethod::Send, call);
    if (nodes.empty()) {
        co_return std::unexpected(nodes_.none_for(RpcMethod::Send));
    }
    const auto first_wave = std::min(send_to_, nodes.size());
    std::vector<Awaited> beside;
    for (std::size_t index = 1; index < first_wave; ++index) {
        beside.push_back(std::make_shared<base::OneShot<SendAnswer>>(tasks_.executor()));
        tasks_.spawn("send to a further RPC node", send_too(nodes[index], call, beside.back()));
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

base::Task<void> Sending::give_to(Node* node, Call<solana::Signature> call,
                                  std::shared_ptr<Takers> takers) {
    auto answer = co_await nodes_.ask<solana::Signature>(node, RpcMethod::Send, call);
    takers->node_told(std::move(answer));
}

base::Task<SendAnswer> Sending::send_everywhere(const base::Bytes& wire) {
    const Call<solana::Signature> call = [wire](NodeRpc& rpc) {
        return rpc.send(wire, Preflight::Skip);
    };
    auto nodes = co_await nodes_.to_ask<solana::Signature>(RpcMethod::Send, call);
    const auto doubtful = nodes_.doubtful(RpcMethod::Send); // whoever is wrong: this does no harm
    nodes.insert(nodes.end(), doubtful.begin(), doubtful.end());
    const auto paths = paths_.ready();
    if (nodes.size() + paths.size() > 1) {
        landings_.shared(signature_of(wire));
    }
    const auto takers = std::make_shared<Takers>(tasks_.executor(), nodes.size() + paths.size(),
                                                 nodes_.none_for(RpcMethod::Send));
    for (auto* node : nodes) {
        tasks_.spawn("send to a further RPC node", give_to(node, call, takers));
    }
    paths_.send(paths, wire, takers);
    co_return co_await takers->get();
}

// NOLINTEND(cppcoreguidelines-avoid-reference-coroutine-parameters)

void Sending::note_landings(const std::vector<solana::Signature>& asked,
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

} // namespace relay::rpc
