#include "relay/rpc/codec.hpp"

#include "relay/base/encoding.hpp"
#include "relay/base/strict_json.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/transaction_error.hpp"
#include "relay/solana/units.hpp"

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

constexpr std::size_t kLongestErrorText = 300;

// Solana's rpc-client-api: errors that speak of the node's state, not of the request.
constexpr int kPreflightFailure = -32002;
constexpr int kSignatureVerificationFailure = -32003;
constexpr int kInvalidParams = -32602;

std::string_view to_text(Commitment commitment) {
    return commitment == Commitment::Finalized ? "finalized" : "confirmed";
}

std::string call(CallId id, std::string_view method, json params) {
    return json{
        {"jsonrpc", "2.0"}, {"id", id.value}, {"method", method}, {"params", std::move(params)}}
        .dump();
}

std::string shortened(const json& value) {
    auto text = value.is_string() ? value.get<std::string>()
                                  : value.dump(-1, ' ', false, json::error_handler_t::replace);
    if (text.size() > kLongestErrorText) {
        auto end = kLongestErrorText;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
            --end; // not in the midst of a character
        }
        text.resize(end);
        text += "...";
    }
    return text;
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

/// An unsigned integer that fits, or nothing.
template <class Number>
std::optional<Number> read_number(const json& value) {
    if (!value.is_number_unsigned() ||
        value.get<std::uint64_t>() > std::numeric_limits<Number>::max()) {
        return std::nullopt;
    }
    return static_cast<Number>(value.get<std::uint64_t>());
}

/// Slots and heights: the ledger keeps them in signed columns, and no true one comes near that.
std::optional<std::uint64_t> read_count(const json& value) {
    const auto count = read_number<std::uint64_t>(value);
    return count && *count <= std::numeric_limits<std::int64_t>::max() ? count : std::nullopt;
}

const json& member(const json& value, const char* name) {
    static const json nothing;
    if (!value.is_object()) {
        return nothing;
    }
    const auto found = value.find(name);
    return found == value.end() ? nothing : *found;
}

solana::TransactionError read_transaction_error(const json& value) {
    using Kind = solana::TransactionError::Kind;
    solana::TransactionError error;
    error.text = shortened(value);
    if (value == "BlockhashNotFound") {
        error.kind = Kind::BlockhashNotFound;
    } else if (value == "AlreadyProcessed") {
        error.kind = Kind::AlreadyProcessed;
    } else if (value == "AccountNotFound" || value == "InsufficientFundsForFee" ||
               value == "InvalidAccountForFee") {
        error.kind = Kind::PayerUnfunded;
    } else if (const auto& rent = member(value, "InsufficientFundsForRent"); rent.is_object()) {
        if (const auto index = read_number<std::uint8_t>(member(rent, "account_index"))) {
            // Account 0 is the fee payer.
            error.kind = *index == 0 ? Kind::PayerUnfunded : Kind::InsufficientFundsForRent;
            error.account_index = *index;
        }
    } else if (const auto& pair = member(value, "InstructionError");
               pair.is_array() && pair.size() == 2) {
        const auto index = read_number<std::uint8_t>(pair[0]);
        const auto number = read_number<std::uint32_t>(member(pair[1], "Custom"));
        if (index && number) {
            error.kind = Kind::Custom;
            error.instruction = *index;
            error.number = *number;
        }
    }
    return error;
}

/// What an error that does not carry the call's id says of the transaction is not believed: a node
/// that read the call gives its id back.
std::unexpected<RpcError> read_rpc_error(const json& value, bool has_our_id) {
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
    if (!has_our_id) {
        return std::unexpected(std::move(error));
    }
    const auto& reason = member(member(value, "data"), "err");
    if (error.code == kPreflightFailure && !reason.is_null()) {
        error.kind = RpcError::Kind::PreflightFailed;
        error.transaction_error = read_transaction_error(reason);
    } else if (error.code == kSignatureVerificationFailure || error.code == kInvalidParams) {
        error.kind = RpcError::Kind::Refused;
    }
    return std::unexpected(std::move(error));
}

/// The call's `result`, or the error that HTTP or JSON-RPC carried.
RpcResult<json> read_result(const HttpReply& reply, CallId id) {
    if (reply.status == 429) {
        RpcError error;
        error.code = 429;
        error.message = "HTTP 429: the node limits our rate";
        error.retry_after = reply.retry_after;
        return std::unexpected(std::move(error));
    }
    auto parsed = base::parse_bounded_json(reply.body);
    auto body = parsed ? std::move(*parsed) : json(json::value_t::discarded);
    const bool has_our_id = read_number<std::uint64_t>(member(body, "id")) == id.value;
    if (const auto& error = member(body, "error"); error.is_object()) {
        return read_rpc_error(error, has_our_id); // some nodes send these with a 4xx or 5xx status
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
    status.committed =
        level == "finalized" || (level == "confirmed" && commitment == Commitment::Confirmed);
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
    const auto hash =
        text.is_string() ? solana::Pubkey::parse(text.get_ref<const std::string&>()) : std::nullopt;
    if (!hash || !height) {
        return garbage("no blockhash");
    }
    return LatestBlockhash{hash->bytes, solana::BlockHeight{*height}};
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
                                   bool search_history) {
    json texts = json::array();
    for (const auto& signature : signatures) {
        texts.push_back(signature.to_string());
    }
    return call(id, "getSignatureStatuses",
                {std::move(texts), {{"searchTransactionHistory", search_history}}});
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
    report.statuses.reserve(asked);
    for (const auto& value : values) {
        report.statuses.push_back(value.is_null() ? std::nullopt : read_status(value, commitment));
        if (!value.is_null() && !report.statuses.back()) {
            return garbage("a status without a slot");
        }
    }
    return report;
}

std::string get_block_height(CallId id, Commitment commitment) {
    return call(id, "getBlockHeight", {{{"commitment", to_text(commitment)}}});
}

RpcResult<solana::BlockHeight> read_block_height(const HttpReply& reply, CallId id) {
    const auto result = read_result(reply, id);
    if (!result) {
        return std::unexpected(result.error());
    }
    const auto height = read_count(*result);
    if (!height) {
        return garbage("no block height");
    }
    return solana::BlockHeight{*height};
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

} // namespace relay::rpc::codec
