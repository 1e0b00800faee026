#include "sent_reply.hpp"

#include "relay/base/encoding.hpp"
#include "relay/base/secret.hpp"
#include "relay/rpc/codec.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/rpc/url.hpp"
#include "relay/solana/signature.hpp"

#include <algorithm>
#include <cstddef>
#include <expected>
#include <string>
#include <utility>

namespace relay::rpc {

std::unexpected<RpcError> no_answer(std::string why) {
    RpcError error;
    error.message = std::move(why);
    return std::unexpected(std::move(error));
}

RpcResult<solana::Signature> read_sent(const HttpReply& reply, codec::CallId id) {
    auto answer = codec::read_signature(reply, id);
    if (!answer && reply.perhaps_delivered_before) {
        return no_answer("the node may have taken it before: " + answer.error().message);
    }
    return answer;
}

base::Secrets secrets_of(const Url& url) {
    constexpr std::size_t kShortestKey = 8; // path and query have plain words too
    base::Secrets secrets;
    secrets.add(url.credentials);
    secrets.add(base::encode_base64(base::Bytes(url.credentials.begin(), url.credentials.end())));
    if (const auto colon = url.credentials.find(':'); colon != std::string::npos) {
        secrets.add(url.credentials.substr(colon + 1));
    }
    secrets.add(url.target);
    for (std::size_t begin = 0; begin < url.target.size();) {
        const auto end = std::min(url.target.find_first_of("/?&=", begin), url.target.size());
        if (end - begin >= kShortestKey) {
            secrets.add(url.target.substr(begin, end - begin));
        }
        begin = end + 1;
    }
    return secrets;
}

} // namespace relay::rpc
