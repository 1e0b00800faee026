#include "prices.hpp"

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
#include <expected>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace relay::rpc {

std::vector<SlotPrice> middle_prices(const std::vector<std::vector<SlotPrice>>& words) {
    std::map<solana::Slot, std::vector<solana::UnitPrice>> told;
    for (const auto& word : words) {
        for (const auto& [slot, lowest] : word) {
            told[slot].push_back(lowest);
        }
    }
    std::vector<SlotPrice> middles;
    for (auto& [slot, prices] : told) {
        if (prices.size() * 2 > words.size()) {
            const auto middle =
                prices.begin() + static_cast<std::ptrdiff_t>((prices.size() - 1) / 2);
            std::ranges::nth_element(prices, middle);
            middles.push_back({slot, *middle});
        }
    }
    return middles;
}

base::Task<void> Prices::ask(Node* node, Call<std::vector<SlotPrice>> call, Awaited word) {
    auto answer =
        co_await nodes_.ask<std::vector<SlotPrice>>(node, RpcMethod::Prices, call, kPatience);
    word->set(std::move(answer));
}

base::Task<RpcResult<std::vector<SlotPrice>>> Prices::recent(std::vector<solana::Pubkey> writable) {
    const Call<std::vector<SlotPrice>> call = [writable = std::move(writable)](NodeRpc& rpc) {
        return rpc.recent_prices(writable);
    };
    const auto nodes = co_await nodes_.to_ask<std::vector<SlotPrice>>(RpcMethod::Prices, call);
    // Shared with the calls, which go on when nobody waits any more.
    std::vector<Awaited> awaited;
    for (auto* node : nodes) {
        awaited.push_back(std::make_shared<base::OneShot<Word>>(tasks_.executor()));
        tasks_.spawn("ask an RPC node for prices", ask(node, call, awaited.back()));
    }
    std::vector<std::vector<SlotPrice>> words;
    auto failure = nodes_.none_for(RpcMethod::Prices);
    for (const auto& word : awaited) {
        auto answer = co_await word->get();
        if (answer) {
            words.push_back(std::move(*answer));
        } else {
            failure = std::move(answer.error());
        }
    }
    if (words.empty()) {
        co_return std::unexpected(std::move(failure));
    }
    co_return middle_prices(words);
}

} // namespace relay::rpc
