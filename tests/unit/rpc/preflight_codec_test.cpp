// A preflight without a send.

#include "relay/base/encoding.hpp"
#include "relay/rpc/codec.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/transaction_error.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace relay::rpc::codec {
namespace {

using nlohmann::json;
using Kind = RpcError::Kind;

constexpr CallId kCall{17};

RpcResult<void> read(const json& result) {
    HttpReply reply;
    reply.status = 200;
    reply.body = json{{"jsonrpc", "2.0"}, {"id", kCall.value}, {"result", result}}.dump();
    return read_preflight(reply, kCall);
}

TEST(PreflightCodec, AsksForTheTransactionAsItStands) {
    const base::Bytes wire = {1, 2, 3};
    const auto call = json::parse(preflight(kCall, wire, Commitment::Confirmed));
    EXPECT_EQ(call.at("method"), "simulateTransaction");
    EXPECT_EQ(call.at("params"), json::parse(R"(["AQID",{"encoding":"base64","sigVerify":true,
                              "replaceRecentBlockhash":false,"commitment":"confirmed"}])"));
}

TEST(PreflightCodec, ReadsWhatASendsPreflightWouldHaveSaid) {
    EXPECT_TRUE(read({{"value", {{"err", nullptr}, {"unitsConsumed", 7}}}}).has_value());
    const auto failed = read(json::parse(
        R"({"value":{"err":{"InstructionError":[2,{"Custom":4112}]},"unitsConsumed":300000}})"));
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().kind, Kind::PreflightFailed);
    EXPECT_EQ(failed.error().transaction_error->number, 0x1010U);
    EXPECT_EQ(failed.error().transaction_error->units_consumed, 300'000U);
    const auto behind = read({{"value", {{"err", "BlockhashNotFound"}}}});
    EXPECT_EQ(behind.error().transaction_error->kind,
              solana::TransactionError::Kind::BlockhashNotFound);
    for (const json& bad : {json(nullptr), json::object(), json{{"value", nullptr}},
                            json{{"value", json::object()}}, json(5)}) {
        EXPECT_EQ(read(bad).error().kind, Kind::Unavailable) << bad;
    }
}

} // namespace
} // namespace relay::rpc::codec
