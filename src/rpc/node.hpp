#pragma once
// One of several RPC nodes: its calls, and what is thought of it.

#include "node_health.hpp"
#include "relay/base/breaker.hpp"
#include "relay/base/semaphore.hpp"
#include "relay/observability/condition.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/failover.hpp"
#include "relay/rpc/node_rpc.hpp"

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace relay::rpc {

struct Node {
    /// In the order of preference.
    std::size_t number;
    std::string name;
    std::unique_ptr<NodeRpc> rpc;
    NodeHealth health;
    base::Semaphore one_check;
    observability::Gauge up;
    observability::Gauge height;
    bool checked = false;
    NodeHealth::Clock::time_point consensus_asked_at{};
    /// More, or more preferred, nodes say what cannot be so if this one is right.
    std::optional<std::string> outvoted;
    observability::Condition left_alone;

    Node(std::size_t number, RpcNode node, const boost::asio::any_io_executor& executor,
         base::Breaker::Policy pauses, observability::MetricsRegistry& metrics);
    /// Shows how often the method may be asked for, where that is another number than before.
    void tell_of_pace(RpcMethod method);
    /// What it says of the chain is believed.
    bool is_believed() const { return !health.trouble && !outvoted; }
    bool is_used() const { return is_believed() && !health.lags; }

  private:
    observability::MetricsRegistry& metrics_;
    std::array<std::optional<double>, kRpcMethods> told_paces_;
};

/// Why the two cannot both be right; none where they can.
std::optional<std::string> disagreement(const Node& one, const Node& other);

/// Whether `one` is right where the two disagree: more nodes agree with it; or its own numbers fit
/// together better; or it is preferred.
bool outweighs(const Node& one, const Node& other, std::ptrdiff_t more_votes);

} // namespace relay::rpc
