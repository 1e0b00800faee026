#pragma once
// SolanaRpc over several nodes of one cluster, in order of preference, whose word is weighed.
//
// A call goes to the first node that is well for its method; where that node gives no answer, or
// will not carry the call out, the next one is asked in the same call. After a failure a node is
// left alone for that method for a growing pause, or as long as it asked for (Retry-After), and is
// then tried again with a copy of a real call. Nodes are used while they are of the cluster and
// their numbers can be true: see evidence.hpp. One that cannot be right is left alone and named;
// one that trails the others is used only where there is no other; one that takes transactions
// which only others land goes to the end of the line.
//
// Sending the same bytes to several nodes is harmless, so a transaction is first sent to send_to of
// them, and to all when it is sent again. What a node says of its own state (a blockhash it does
// not know, a payer it does not see) is asked of the next; where one node may have taken a
// transaction without saying so, no other's refusal is passed on: the answer is Unavailable.
//
// A blockhash is handed out with a lastValidBlockHeight that cannot be too low: it is at least 150
// above what the height can be by then, since no blockhash handed out lives on after that; one that
// is too high to be true is refused. An absence is proven when each well node that can tell proves
// it: see weigh().
//
// Where there are send-only endpoints, a transaction goes to every node and to each of them at
// once, and who takes it first counts. They run no preflight, so it is simulated before it is first
// sent; where no node simulates for us, it is first sent to the nodes alone, with their own
// preflight.
//
// Errors: those of the node asked last; where none could be asked, Limited if it is for the rate
// alone, else Unavailable.
// Lifetime: start() once; the group that runs the checks and the trials is cancelled and joined
// before the object dies, and after the last call.

#include "relay/base/breaker.hpp"
#include "relay/base/task_group.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/node_rpc.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/rpc/send_path.hpp"

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
    std::unique_ptr<NodeRpc> rpc;
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
        /// Slots by which a node may trail the furthest one.
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
                                               observability::MetricsRegistry& metrics,
                                               std::vector<SendPath> paths = {});

} // namespace relay::rpc
