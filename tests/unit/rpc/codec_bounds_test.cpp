// Answers that would take a stack, or hundreds of MiB, to read, to print or to free.

#include "relay/rpc/codec.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/rpc.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

namespace relay::rpc {
namespace {

constexpr codec::CallId kCall{1};

TEST(RpcCodecBounds, WhatIsTooDeepOrTooManyIsNoAnswer) {
    constexpr std::size_t kDepth = 60'000;
    const auto deep = std::string(kDepth, '[') + std::string(kDepth, ']');
    std::string objects = "{}";
    while (objects.size() < 1'000'000) {
        objects += ",{}";
    }
    for (const auto& body : {
             R"({"jsonrpc":"2.0","id":1,"error":{"code":-32002,"message":)" + deep + "}}",
             R"({"jsonrpc":"2.0","id":1,"error":{"code":-32002,"data":{"err":)" + deep + "}}}",
             R"({"jsonrpc":"2.0","id":1,"error":)" + deep + "}",
             R"({"jsonrpc":"2.0","id":1,"result":)" + deep + "}",
             R"({"jsonrpc":"2.0","id":1,"result":[)" + objects + "]}",
             std::string(4'194'304, '['),
         }) {
        for (const unsigned status : {200U, 429U, 503U}) {
            HttpReply reply;
            reply.status = status;
            reply.body = body;
            const auto signature = codec::read_signature(reply, kCall);
            ASSERT_FALSE(signature.has_value());
            EXPECT_EQ(signature.error().kind,
                      status == 429 ? RpcError::Kind::Limited : RpcError::Kind::Unavailable);
            EXPECT_FALSE(codec::read_genesis_hash(reply, kCall).has_value());
        }
    }
}

} // namespace
} // namespace relay::rpc
