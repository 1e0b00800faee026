#pragma once
// An endpoint that takes transactions and answers nothing else: a block engine's, a provider's
// sender. It runs no preflight, is never asked for health or for the chain, and proves nothing.
//
// Errors are results, classified as a node's are (see RpcError). Every call ends within the time
// limit its implementation was made with. Nothing here retries.

#include "relay/base/encoding.hpp"
#include "relay/base/task.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/rpc/url.hpp"
#include "relay/solana/signature.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

namespace relay::rpc {

class SendEndpoint {
  public:
    virtual ~SendEndpoint() = default;
    /// Without preflight, and never again by itself (maxRetries 0).
    virtual base::Task<RpcResult<solana::Signature>> send(base::Bytes wire) = 0;
};

struct SendPath {
    /// For logs and metrics; without secrets.
    std::string name;
    std::unique_ptr<SendEndpoint> endpoint;
};

std::unique_ptr<SendEndpoint> make_http_send_endpoint(const boost::asio::any_io_executor& executor,
                                                      Url url, HttpClient::Limits limits);

} // namespace relay::rpc
