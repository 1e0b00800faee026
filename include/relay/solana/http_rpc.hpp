#pragma once
// SolanaRpc over one node's HTTP address, with its calls counted and timed.

#include "relay/observability/metrics.hpp"
#include "relay/solana/http_client.hpp"
#include "relay/solana/rpc.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <memory>

namespace relay::solana {

struct HttpRpcSettings {
    Url url;
    Commitment commitment = Commitment::Confirmed;
    HttpClient::Limits limits;
};

std::unique_ptr<SolanaRpc> make_http_rpc(const boost::asio::any_io_executor& executor,
                                         HttpRpcSettings settings,
                                         observability::MetricsRegistry& metrics);

} // namespace relay::solana
