#include "call_json.hpp"

#include "error_json.hpp"
#include "relay/base/strict_json.hpp"
#include "relay/rpc/codec.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/rpc.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <expected>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace relay::rpc::codec {

using nlohmann::json;

namespace {

// JSON-RPC 2.0, and Solana's rpc-client-api.
constexpr int kPreflightFailure = -32002;
constexpr int kSignatureVerificationFailure = -32003;
constexpr int kNoHistory = -32011;
constexpr int kNodeUnhealthy = -32005;
constexpr int kMinContextSlotNotReached = -32016;
constexpr int kInvalidRequest = -32600;
constexpr int kMethodNotFound = -32601;
constexpr int kInvalidParams = -32602;
// Providers' own: calls of some plan's method, or more of them, than are paid for. (Solana's -32007
// speaks of a skipped block, which nothing here asks for.)
constexpr std::array kLimits = {429, -32007, -32029, -32429};

/// Longer than anybody asks for in earnest.
constexpr std::chrono::seconds kLongestPause{60};

std::unexpected<RpcError> unavailable(std::string message, int code = 0) {
    RpcError error;
    error.code = code;
    error.message = std::move(message);
    return std::unexpected(std::move(error));
}

/// Said by a gateway, which may not know our id.
bool limits_our_rate(const json& error, int code) {
    // A node that is behind says by how much, or null; without that it is no node's word.
    const bool is_gateways = code == kNodeUnhealthy && !member(error, "data").is_object();
    return is_gateways || std::ranges::find(kLimits, code) != kLimits.end();
}

/// What an error that does not carry the call's id says of the transaction is not believed: a node
/// that read the call gives its id back.
std::unexpected<RpcError> read_rpc_error(const json& value, bool has_our_id) {
    using Kind = RpcError::Kind;
    RpcError error;
    const auto& code = member(value, "code");
    if (code.is_number_integer()) {
        const auto number = code.get<std::int64_t>();
        if (number >= std::numeric_limits<int>::min() &&
            number <= std::numeric_limits<int>::max()) {
            error.code = static_cast<int>(number);
        }
    }
    error.message =
        "RPC error " + std::to_string(error.code) + ": " + shortened(member(value, "message"));
    if (limits_our_rate(value, error.code)) {
        error.kind = Kind::Limited;
        return std::unexpected(std::move(error));
    }
    if (!has_our_id) {
        return std::unexpected(std::move(error));
    }
    const auto& data = member(value, "data");
    const auto& reason = member(data, "err");
    switch (error.code) {
        case kPreflightFailure:
            if (!reason.is_null()) {
                error.kind = Kind::PreflightFailed;
                error.transaction_error = read_transaction_error(reason);
                error.transaction_error->units_consumed =
                    read_number<std::uint64_t>(member(data, "unitsConsumed"));
            }
            break;
        case kSignatureVerificationFailure:
        case kInvalidParams:
        case kInvalidRequest:
            error.kind = Kind::Refused;
            break;
        case kMethodNotFound:
            error.kind = Kind::Unsupported;
            break;
        case kMinContextSlotNotReached:
            error.kind = Kind::NotReached;
            break;
        case kNoHistory:
            error.kind = Kind::NoHistory;
            break;
        default:
            break;
    }
    return std::unexpected(std::move(error));
}

/// Nonsense is not obeyed; what is beyond all sense even less.
std::optional<std::chrono::seconds> believable(std::optional<std::chrono::seconds> pause) {
    return pause && *pause >= std::chrono::seconds(0) && *pause <= kLongestPause ? pause
                                                                                 : std::nullopt;
}

} // namespace

std::string_view to_text(Commitment commitment) {
    return commitment == Commitment::Finalized ? "finalized" : "confirmed";
}

std::string call(CallId id, std::string_view method, json params) {
    return json{
        {"jsonrpc", "2.0"}, {"id", id.value}, {"method", method}, {"params", std::move(params)}}
        .dump();
}

std::unexpected<RpcError> garbage(std::string_view what) {
    return unavailable("the node's answer is not what the method promises: " + std::string(what));
}

std::optional<std::uint64_t> read_count(const json& value) {
    const auto count = read_number<std::uint64_t>(value);
    return count && *count <= std::numeric_limits<std::int64_t>::max() ? count : std::nullopt;
}

RpcResult<json> read_result(const HttpReply& reply, CallId id) {
    if (reply.status == 429 || reply.status == 402) { // 402: a plan's quota is used up
        RpcError error;
        error.kind = RpcError::Kind::Limited;
        error.code = static_cast<int>(reply.status);
        error.message = "HTTP " + std::to_string(reply.status) + ": the node limits our rate";
        error.retry_after = believable(reply.retry_after);
        return std::unexpected(std::move(error));
    }
    auto parsed = base::parse_bounded_json(reply.body);
    auto body = parsed ? std::move(*parsed) : json(json::value_t::discarded);
    const bool has_our_id = read_number<std::uint64_t>(member(body, "id")) == id.value;
    if (const auto& error = member(body, "error"); error.is_object()) {
        auto failure = read_rpc_error(error, has_our_id); // with any status: nodes differ
        failure.error().retry_after = believable(reply.retry_after);
        return failure;
    }
    if (body.is_object() && !body.contains("result") && member(body, "code").is_number_integer()) {
        return read_rpc_error(body, /*has_our_id=*/false); // a gateway's, without the envelope
    }
    if (reply.status != 200) {
        return unavailable("HTTP status " + std::to_string(reply.status),
                           static_cast<int>(reply.status));
    }
    if (!body.is_object() || !body.contains("result")) {
        return garbage("no JSON-RPC result");
    }
    if (!has_our_id) {
        return garbage("it carries another call's id, or none");
    }
    return std::move(body["result"]);
}

} // namespace relay::rpc::codec
