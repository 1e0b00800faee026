// A preflight without a send: what simulateTransaction says of a transaction as it stands, with its
// signature and its blockhash, is what a node's own preflight would say. (simulate_transaction asks
// for neither of the two.)

#include "call_json.hpp"
#include "error_json.hpp"
#include "relay/base/encoding.hpp"
#include "relay/rpc/codec.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/rpc.hpp"

#include <cstdint>
#include <expected>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace relay::rpc::codec {

std::string preflight(CallId id, base::ByteView wire, Commitment commitment) {
    nlohmann::json options = {{"encoding", "base64"},
                              {"sigVerify", true},
                              {"replaceRecentBlockhash", false},
                              {"commitment", to_text(commitment)}};
    return call(id, "simulateTransaction", {base::encode_base64(wire), std::move(options)});
}

RpcResult<void> read_preflight(const HttpReply& reply, CallId id) {
    const auto result = read_result(reply, id);
    if (!result) {
        return std::unexpected(result.error());
    }
    const auto& value = member(*result, "value");
    if (!value.is_object() || !value.contains("err")) {
        return garbage("no outcome");
    }
    const auto& reason = value["err"];
    if (reason.is_null()) {
        return {};
    }
    RpcError error;
    error.kind = RpcError::Kind::PreflightFailed;
    error.transaction_error = read_transaction_error(reason);
    error.transaction_error->units_consumed =
        read_number<std::uint64_t>(member(value, "unitsConsumed"));
    error.message = "the simulation failed: " + shortened(reason);
    return std::unexpected(std::move(error));
}

} // namespace relay::rpc::codec
