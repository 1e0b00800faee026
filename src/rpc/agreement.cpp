#include "agreement.hpp"

#include "node.hpp"
#include "node_health.hpp"
#include "nodes.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/rpc/node_rpc.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/units.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relay::rpc {

using Kind = RpcError::Kind;

namespace {

/// Slots by which accounts can be read later than the clock of their node was.
constexpr std::uint64_t kMostAhead = 300;

/// A node that is a slot or two behind has caught up by then.
constexpr int kMostTries = 4;

std::unexpected<RpcError> not_agreed(Kind kind, std::string why) {
    RpcError error;
    error.kind = kind;
    error.message = std::move(why);
    return std::unexpected(std::move(error));
}

} // namespace

void Agreement::heard(const AccountsReport& report) {
    const auto believed = nodes_.slot();
    if (report.final && believed && report.slot.value <= believed->value + kMostAhead) {
        heard_ = std::max(heard_, report.slot);
    }
}

std::optional<solana::Slot> Agreement::furthest() const {
    const auto believed = nodes_.slot();
    return believed ? std::optional(std::max(*believed, heard_)) : std::nullopt;
}

// Each is awaited at once, by a frame that holds what it refers to.
// NOLINTBEGIN(cppcoreguidelines-avoid-reference-coroutine-parameters)

template <class T>
base::Task<void> Agreement::ask_beside(Node* node, RpcMethod method, Call<T> call,
                                       Awaited<T> answer) {
    auto word = co_await nodes_.ask<T>(node, method, call);
    for (int tries = 1; !word && word.error().kind == Kind::NotReached && tries < kMostTries;
         ++tries) {
        co_await sleep_for_a_slot();
        word = co_await nodes_.ask<T>(node, method, call);
    }
    answer->set(std::move(word));
}

base::Task<void> Agreement::sleep_for_a_slot() {
    co_await tasks_.clock().sleep_for(nodes_.slot_time());
}

template <class T>
base::Task<RpcResult<std::vector<T>>> Agreement::ask_all(RpcMethod method, Call<T> call) {
    auto choice = co_await nodes_.choose(method);
    auto nodes = std::move(choice.well);
    nodes.insert(nodes.end(), choice.on_trial.begin(), choice.on_trial.end());
    if (nodes.size() < std::min<std::size_t>(nodes_.size(), 2)) {
        co_return not_agreed(Kind::Unavailable, "too few RPC nodes are well to agree");
    }
    // Shared with the calls, which go on when nobody waits any more.
    std::vector<Awaited<T>> awaited;
    for (auto* node : nodes) {
        awaited.push_back(std::make_shared<base::OneShot<RpcResult<T>>>(tasks_.executor()));
        tasks_.spawn("ask every RPC node", ask_beside<T>(node, method, call, awaited.back()));
    }
    std::vector<T> words;
    std::optional<RpcError> silence;
    for (const auto& answer : awaited) {
        auto word = co_await answer->get();
        if (word) {
            words.push_back(std::move(*word));
        } else {
            silence = std::move(word.error());
        }
    }
    if (silence) {
        co_return std::unexpected(std::move(*silence));
    }
    co_return words;
}

namespace {

/// From a node that does not know of `reached`, too.
base::Task<RpcResult<AccountsReport>> far_enough(base::Task<RpcResult<AccountsReport>> call,
                                                 std::optional<solana::Slot> reached) {
    auto report = co_await std::move(call);
    if (report && reached && report->slot < *reached) {
        co_return not_agreed(Kind::NotReached, "the node is behind the others");
    }
    co_return report;
}

} // namespace

base::Task<RpcResult<std::vector<AccountsReport>>> Agreement::accounts(
    std::vector<solana::Pubkey> addresses, AccountData data) {
    const AccountsQuery query{.data = data, .final = true, .reached = furthest()};
    Call<AccountsReport> call = [addresses = std::move(addresses), query](NodeRpc& rpc) {
        return far_enough(rpc.accounts(addresses, query), query.reached);
    };
    return ask_all<AccountsReport>(RpcMethod::Accounts, std::move(call));
}

base::Task<RpcResult<solana::Lamports>> Agreement::minimum_balance() {
    Call<solana::Lamports> call = [](NodeRpc& rpc) { return rpc.minimum_balance(); };
    const auto words = co_await ask_all<solana::Lamports>(RpcMethod::Rent, std::move(call));
    if (!words) {
        co_return std::unexpected(words.error());
    }
    co_return std::ranges::min(*words);
}

// NOLINTEND(cppcoreguidelines-avoid-reference-coroutine-parameters)

} // namespace relay::rpc
