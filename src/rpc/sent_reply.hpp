#pragma once
// What the answer to a sendTransaction says, and what of a URL nobody else may read in it.

#include "relay/base/secret.hpp"
#include "relay/rpc/codec.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/rpc/url.hpp"
#include "relay/solana/signature.hpp"

#include <expected>
#include <string>

namespace relay::rpc {

std::unexpected<RpcError> no_answer(std::string why);

/// Where the node may have taken the transaction already, its refusal of the second post is not the
/// whole story.
RpcResult<solana::Signature> read_sent(const HttpReply& reply, codec::CallId id);

/// What the node may quote of what it was sent: logins, and access keys in the path or query.
base::Secrets secrets_of(const Url& url);

} // namespace relay::rpc
