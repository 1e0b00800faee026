#pragma once
// What is read of a reply once all its bytes have come. Pure; private to rpc.

#include "relay/base/http_reader.hpp"
#include "relay/rpc/http_client.hpp"

namespace relay::rpc {

/// REQUIRES: the reader is done. Takes its body.
HttpReply to_reply(base::HttpReader& reader);

} // namespace relay::rpc
