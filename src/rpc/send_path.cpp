#include "relay/rpc/send_path.hpp"

#include "relay/base/encoding.hpp"
#include "relay/base/secret.hpp"
#include "relay/base/task.hpp"
#include "relay/rpc/codec.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/rpc/url.hpp"
#include "relay/solana/signature.hpp"
#include "sent_reply.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <memory>
#include <utility>

namespace relay::rpc {

namespace {

class HttpSendEndpoint final : public SendEndpoint {
  public:
    HttpSendEndpoint(const boost::asio::any_io_executor& executor, Url url,
                     HttpClient::Limits limits)
        : secrets_(secrets_of(url)), client_(executor, std::move(url), limits) {}

    base::Task<RpcResult<solana::Signature>> send(base::Bytes wire) override {
        const codec::CallId id{++last_id_};
        // Without a preflight there is no commitment that it would be of.
        const auto reply = co_await client_.post(
            codec::send_transaction(id, wire, Preflight::Skip, Commitment::Finalized));
        RpcResult<solana::Signature> answer =
            reply ? read_sent(*reply, id)
                  : RpcResult<solana::Signature>(no_answer(reply.error().message));
        if (!answer) {
            answer.error().message = secrets_.hide_in(std::move(answer.error().message));
        }
        co_return answer;
    }

  private:
    base::Secrets secrets_;
    HttpClient client_;
    std::uint64_t last_id_ = 0;
};

} // namespace

std::unique_ptr<SendEndpoint> make_http_send_endpoint(const boost::asio::any_io_executor& executor,
                                                      Url url, HttpClient::Limits limits) {
    return std::make_unique<HttpSendEndpoint>(executor, std::move(url), limits);
}

} // namespace relay::rpc
