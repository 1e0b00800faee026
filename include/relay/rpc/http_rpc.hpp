#pragma once
// NodeRpc over one node's HTTP address, with its calls counted and timed.
//
// Where the node takes fewer signatures a call than others do, its refusal teaches that: the call
// is made again in smaller parts. Where it refuses `confirmed`, which Alpenglow has no use for, it
// is asked for `finalized` from then on.

#include "relay/base/task_group.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/node_rpc.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/rpc/url.hpp"

#include <memory>

namespace relay::rpc {

struct HttpRpcSettings {
    Url url;
    Commitment commitment = Commitment::Finalized;
    HttpClient::Limits limits;
};

/// The group runs sends that share connections. It outlives the RPC, and is cancelled, if at all,
/// when nobody waits for a call any more.
std::unique_ptr<NodeRpc> make_http_rpc(base::TaskGroup& tasks, HttpRpcSettings settings,
                                       observability::MetricsRegistry& metrics);

} // namespace relay::rpc
