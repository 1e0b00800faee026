#pragma once
// NodeRpc over one node's HTTP address, with its calls counted and timed.
//
// Where the node takes fewer signatures a call than others do, its refusal teaches that: the call
// is made again in smaller parts. Where it refuses `confirmed`, which Alpenglow has no use for, it
// is asked for `finalized` from then on.

#include "relay/observability/metrics.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/node_rpc.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/rpc/url.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <memory>

namespace relay::rpc {

struct HttpRpcSettings {
    Url url;
    Commitment commitment = Commitment::Finalized;
    HttpClient::Limits limits;
};

std::unique_ptr<NodeRpc> make_http_rpc(const boost::asio::any_io_executor& executor,
                                       HttpRpcSettings settings,
                                       observability::MetricsRegistry& metrics);

} // namespace relay::rpc
