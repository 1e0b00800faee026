#pragma once
// SolanaRpc over one node's HTTP address, with its calls counted and timed.

#include "relay/base/task_group.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/rpc/url.hpp"

#include <memory>

namespace relay::rpc {

struct HttpRpcSettings {
    Url url;
    Commitment commitment = Commitment::Confirmed;
    HttpClient::Limits limits;
};

/// The group runs sends that share connections. It outlives the RPC, and is cancelled, if at all,
/// when nobody waits for a call any more.
std::unique_ptr<SolanaRpc> make_http_rpc(base::TaskGroup& tasks, HttpRpcSettings settings,
                                         observability::MetricsRegistry& metrics);

} // namespace relay::rpc
