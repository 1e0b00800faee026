#pragma once
// SolanaRpc over several nodes of one cluster, in order of preference.
//
// A call goes to the first node that is well for its method; where that node gives no answer, the
// next one is asked in the same call. A node is well for a method while its last such call was
// answered; after a failure it is left alone for a growing pause, or as long as it asked for
// (Retry-After), and then tried again with a copy of a real call, whose caller has its answer from
// another node meanwhile. Answers from every node are used only while it names the same cluster and
// keeps up with the others.
//
// Safety: sending the same bytes to several nodes is harmless. Where one node may have taken a
// transaction without saying so, no other node's refusal is passed on: the answer is Unavailable,
// "ask about the signature". An expiry is proven by all nodes that are well: the lowest height
// counts, and a signature known to one is known.
//
// Errors: those of the node asked last; Unavailable where no node could be asked.
// Lifetime: start() once; the group that runs the checks and the trials is cancelled and joined
// before the object dies, and after the last call.

#include "relay/base/breaker.hpp"
#include "relay/base/task_group.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/rpc.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace relay::rpc {

struct RpcNode {
    /// For logs and metrics; without secrets.
    std::string name;
    std::unique_ptr<SolanaRpc> rpc;
};

class FailoverRpc : public SolanaRpc {
  public:
    struct Policy {
        /// How many nodes a transaction is first sent to, at once.
        std::size_t send_to = 1;
        /// Base58; none: that of the first node that answers.
        std::optional<std::string> genesis_hash;
        /// Between looks at each node's cluster and height.
        std::chrono::milliseconds check_interval{5'000};
        std::chrono::milliseconds check_interval_in_trouble{500};
        /// Blocks (about 0.4 s each) by which a node may trail the furthest one.
        std::uint64_t max_lag = 50;
        base::Breaker::Policy pauses{.first_pause = std::chrono::milliseconds(250),
                                     .longest_pause = std::chrono::milliseconds(5'000)};
    };

    /// Begins to look at the nodes.
    virtual void start() = 0;
};

/// REQUIRES: at least one node.
std::unique_ptr<FailoverRpc> make_failover_rpc(base::TaskGroup& tasks, std::vector<RpcNode> nodes,
                                               FailoverRpc::Policy policy,
                                               observability::MetricsRegistry& metrics);

} // namespace relay::rpc
