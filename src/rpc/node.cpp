#include "node.hpp"

#include "node_health.hpp"
#include "relay/base/breaker.hpp"
#include "relay/observability/condition.hpp"
#include "relay/observability/logging.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/evidence.hpp"
#include "relay/rpc/failover.hpp"

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace relay::rpc {

namespace {

/// Slots that no two nodes of a living cluster are apart: one of them tells tales.
constexpr std::uint64_t kAgesApart = 100'000;
/// Blocks by which an honest node's own numbers may be apart, asked one after another.
constexpr std::uint64_t kStrained = 20;

} // namespace

Node::Node(std::size_t place, RpcNode node, const boost::asio::any_io_executor& executor,
           base::Breaker::Policy pauses, observability::MetricsRegistry& metrics)
    : number(place),
      name(std::move(node.name)),
      rpc(std::move(node.rpc)),
      health(pauses),
      one_check(executor, 1),
      up(metrics.gauge("relay_rpc_node_up", "1 while the node is used", {{"node", name}})),
      height(metrics.gauge("relay_rpc_node_block_height", "Where the node stood when last asked",
                           {{"node", name}})),
      left_alone({observability::log_warn, "node_left_alone", "an RPC node is left alone"},
                 {"node_used_again", "an RPC node is used again"},
                 observability::Condition::Subject{"node", name}),
      metrics_(metrics) {}

void Node::tell_of_pace(RpcMethod method) {
    auto& told = told_paces_[static_cast<std::size_t>(method)];
    const auto rate = health.pace(method).rate();
    if (rate == told) {
        return;
    }
    told = rate;
    metrics_
        .gauge("relay_rpc_pace_calls_per_second",
               "How often the node is asked at most, since it limited the method; 0: no limit",
               {{"node", name}, {"method", to_text(method)}})
        .set(rate.value_or(0));
}

std::optional<std::string> disagreement(const Node& one, const Node& other) {
    const auto& mine = one.health.clock.newest();
    const auto& its = other.health.clock.newest();
    if (!mine || !its) {
        return std::nullopt;
    }
    const auto [early, late] = std::minmax(mine->slot.value, its->slot.value);
    if (late - early > kAgesApart) {
        return "its slot " + std::to_string(mine->slot.value) + " is ages away from " +
               std::to_string(its->slot.value) + " of " + other.name;
    }
    auto reason = contradiction(*mine, *its);
    if (reason) {
        *reason += "; the other is of " + other.name;
    }
    return reason;
}

bool outweighs(const Node& one, const Node& other, std::ptrdiff_t more_votes) {
    if (more_votes != 0) {
        return more_votes > 0;
    }
    if (one.health.strain + kStrained < other.health.strain) {
        return true;
    }
    return other.health.strain + kStrained >= one.health.strain && one.number < other.number;
}

} // namespace relay::rpc
