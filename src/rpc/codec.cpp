#include "relay/rpc/codec.hpp"

#include "error_json.hpp"
#include "relay/base/encoding.hpp"
#include "relay/base/strict_json.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/node_rpc.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/program_data.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/transaction_error.hpp"
#include "relay/solana/units.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
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
constexpr int kMinContextSlotNotReached = -32016;
constexpr int kInvalidRequest = -32600;
constexpr int kMethodNotFound = -32601;
constexpr int kInvalidParams = -32602;
// Providers' own: calls of some plan's method, or more of them, than are paid for. (Solana's -32007
// speaks of a skipped block, which nothing here asks for.)
constexpr std::array kLimits = {429, -32007, -32029, -32429};

/// Longer than anybody asks for in earnest.
constexpr std::chrono::seconds kLongestPause{60};

std::string_view to_text(Commitment commitment) {
    return commitment == Commitment::Finalized ? "finalized" : "confirmed";
}

std::string call(CallId id, std::string_view method, json params) {
    return json{
        {"jsonrpc", "2.0"}, {"id", id.value}, {"method", method}, {"params", std::move(params)}}
        .dump();
}

std::unexpected<RpcError> unavailable(std::string message, int code = 0) {
    RpcError error;
    error.code = code;
    error.message = std::move(message);
    return std::unexpected(std::move(error));
}

std::unexpected<RpcError> garbage(std::string_view what) {
    return unavailable("the node's answer is not what the method promises: " + std::string(what));
}

/// Slots and heights: the ledger keeps them in signed columns, and no true one comes near that.
std::optional<std::uint64_t> read_count(const json& value) {
    const auto count = read_number<std::uint64_t>(value);
    return count && *count <= std::numeric_limits<std::int64_t>::max() ? count : std::nullopt;
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
    if (std::ranges::find(kLimits, error.code) != kLimits.end()) {
        error.kind = Kind::Limited; // said by a gateway, which may not know our id
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

/// The call's `result`, or the error that HTTP or JSON-RPC carried.
RpcResult<json> read_result(const HttpReply& reply, CallId id) {
    if (reply.status == 429) {
        RpcError error;
        error.kind = RpcError::Kind::Limited;
        error.code = 429;
        error.message = "HTTP 429: the node limits our rate";
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

std::optional<SignatureStatus> read_status(const json& value, Commitment commitment) {
    const auto slot = read_count(member(value, "slot"));
    if (!slot) {
        return std::nullopt;
    }
    SignatureStatus status;
    status.slot = solana::Slot{*slot};
    const auto& level = member(value, "confirmationStatus");
    // Nodes from before the levels' names: what has no count of confirmations left is rooted.
    const bool rooted =
        level.is_null() && value.contains("confirmations") && value["confirmations"].is_null();
    status.final = level == "finalized" || rooted;
    status.committed =
        status.final || (level == "confirmed" && commitment == Commitment::Confirmed);
    if (const auto& error = member(value, "err"); !error.is_null()) {
        status.error = read_transaction_error(error);
    }
    return status;
}

} // namespace

std::string get_latest_blockhash(CallId id, Commitment commitment) {
    return call(id, "getLatestBlockhash", {{{"commitment", to_text(commitment)}}});
}

RpcResult<LatestBlockhash> read_latest_blockhash(const HttpReply& reply, CallId id) {
    const auto result = read_result(reply, id);
    if (!result) {
        return std::unexpected(result.error());
    }
    const auto& value = member(*result, "value");
    const auto& text = member(value, "blockhash");
    const auto height = read_count(member(value, "lastValidBlockHeight"));
    const auto slot = read_count(member(member(*result, "context"), "slot"));
    const auto hash =
        text.is_string() ? solana::Pubkey::parse(text.get_ref<const std::string&>()) : std::nullopt;
    if (!hash || !height) {
        return garbage("no blockhash");
    }
    return LatestBlockhash{hash->bytes, solana::BlockHeight{*height},
                           solana::Slot{slot.value_or(0)}};
}

std::string send_transaction(CallId id, base::ByteView wire, Preflight preflight,
                             Commitment commitment) {
    // By hand: this is the call of every job, and nothing in it needs escaping.
    std::string text = R"({"jsonrpc":"2.0","id":)" + std::to_string(id.value);
    text.append(R"(,"method":"sendTransaction","params":[")");
    text.append(base::encode_base64(wire));
    text.append(R"(",{"encoding":"base64","maxRetries":0,"skipPreflight":)");
    text.append(preflight == Preflight::Skip ? "true" : "false");
    text.append(R"(,"preflightCommitment":")").append(to_text(commitment)).append(R"("}]})");
    return text;
}

RpcResult<solana::Signature> read_signature(const HttpReply& reply, CallId id) {
    const auto result = read_result(reply, id);
    if (!result) {
        return std::unexpected(result.error());
    }
    const auto signature = result->is_string()
                               ? solana::Signature::parse(result->get_ref<const std::string&>())
                               : std::nullopt;
    if (!signature) {
        return garbage("no signature");
    }
    return *signature;
}

std::string get_signature_statuses(CallId id, std::span<const solana::Signature> signatures,
                                   const StatusQuery& query) {
    json texts = json::array();
    for (const auto& signature : signatures) {
        texts.push_back(signature.to_string());
    }
    json options = {{"searchTransactionHistory", query.history}};
    if (query.reached) {
        options["minContextSlot"] = query.reached->value;
        options["commitment"] = to_text(Commitment::Finalized);
    }
    return call(id, "getSignatureStatuses", {std::move(texts), std::move(options)});
}

RpcResult<SignatureReport> read_signature_statuses(const HttpReply& reply, CallId id,
                                                   std::size_t asked, Commitment commitment) {
    const auto result = read_result(reply, id);
    if (!result) {
        return std::unexpected(result.error());
    }
    const auto& values = member(*result, "value");
    if (!values.is_array() || values.size() != asked) {
        return garbage("not one status a signature");
    }
    SignatureReport report;
    report.slot.value = read_count(member(member(*result, "context"), "slot")).value_or(0);
    report.statuses.reserve(asked);
    for (const auto& value : values) {
        report.statuses.push_back(value.is_null() ? std::nullopt : read_status(value, commitment));
        if (!value.is_null() && !report.statuses.back()) {
            return garbage("a status without a slot");
        }
    }
    return report;
}

std::string get_epoch_info(CallId id) {
    return call(id, "getEpochInfo", {{{"commitment", to_text(Commitment::Finalized)}}});
}

RpcResult<EpochInfo> read_epoch_info(const HttpReply& reply, CallId id) {
    const auto result = read_result(reply, id);
    if (!result) {
        return std::unexpected(result.error());
    }
    const auto slot = read_count(member(*result, "absoluteSlot"));
    const auto height = read_count(member(*result, "blockHeight"));
    if (!slot || !height) {
        return garbage("no slot or no block height");
    }
    return EpochInfo{solana::Slot{*slot}, solana::BlockHeight{*height}};
}

std::string get_balance(CallId id, const solana::Pubkey& address, Commitment commitment) {
    return call(id, "getBalance", {address.to_string(), {{"commitment", to_text(commitment)}}});
}

RpcResult<solana::Lamports> read_balance(const HttpReply& reply, CallId id) {
    const auto result = read_result(reply, id);
    if (!result) {
        return std::unexpected(result.error());
    }
    const auto lamports = read_number<std::uint64_t>(member(*result, "value"));
    if (!lamports) {
        return garbage("no balance");
    }
    return solana::Lamports{*lamports};
}

std::string get_genesis_hash(CallId id) {
    return call(id, "getGenesisHash", json::array());
}

RpcResult<std::string> read_genesis_hash(const HttpReply& reply, CallId id) {
    const auto result = read_result(reply, id);
    if (!result) {
        return std::unexpected(result.error());
    }
    if (!result->is_string()) {
        return garbage("no genesis hash");
    }
    return result->get<std::string>();
}

std::string get_consensus(CallId id) {
    return call(id, "getAgGenesisCert", json::array());
}

RpcResult<Consensus> read_consensus(const HttpReply& reply, CallId id) {
    const auto result = read_result(reply, id);
    if (!result) {
        if (result.error().kind == RpcError::Kind::Unsupported) {
            return Consensus::Unknown;
        }
        return std::unexpected(result.error());
    }
    if (!result->is_object() && !result->is_null()) {
        return garbage("no certificate");
    }
    return result->is_object() ? Consensus::Alpenglow : Consensus::Tower;
}

std::string simulate_transaction(CallId id, base::ByteView wire, Commitment commitment) {
    json options = {{"encoding", "base64"},
                    {"sigVerify", false},
                    {"replaceRecentBlockhash", true},
                    {"commitment", to_text(commitment)}};
    return call(id, "simulateTransaction", {base::encode_base64(wire), std::move(options)});
}

RpcResult<Simulation> read_simulation(const HttpReply& reply, CallId id) {
    const auto result = read_result(reply, id);
    if (!result) {
        return std::unexpected(result.error());
    }
    const auto& value = member(*result, "value");
    if (!value.is_object() || !value.contains("err")) {
        return garbage("no outcome");
    }
    Simulation simulation;
    if (const auto& error = value["err"]; !error.is_null()) {
        simulation.error = read_transaction_error(error);
    }
    return simulation;
}

std::string get_deployment(CallId id, const solana::Pubkey& program, Commitment commitment) {
    json options = {{"encoding", "base64"},
                    {"dataSlice", {{"offset", 0}, {"length", solana::kProgramDataHead}}},
                    {"commitment", to_text(commitment)}};
    return call(id, "getAccountInfo",
                {solana::program_data_address(program).to_string(), std::move(options)});
}

RpcResult<std::optional<solana::Slot>> read_deployment(const HttpReply& reply, CallId id) {
    const auto result = read_result(reply, id);
    if (!result) {
        return std::unexpected(result.error());
    }
    if (!result->is_object() || !result->contains("value")) {
        return garbage("no account");
    }
    const auto& account = (*result)["value"];
    if (account.is_null()) {
        return std::nullopt;
    }
    const auto& data = member(account, "data");
    const bool has_text = data.is_array() && !data.empty() && data[0].is_string();
    const auto bytes =
        has_text ? base::decode_base64(data[0].get_ref<const std::string&>()) : std::nullopt;
    const auto slot = solana::read_deployment(bytes.value_or(base::Bytes()));
    if (!slot) {
        return garbage("no program's data");
    }
    return slot;
}

} // namespace relay::rpc::codec
