#include "landed_withdraws.hpp"

#include "relay/base/encoding.hpp"
#include "relay/base/error.hpp"
#include "relay/base/strict_json.hpp"
#include "relay/base/task.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/transaction_reader.hpp"

#include <cstddef>
#include <expected>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::app {

using nlohmann::json;

namespace {

/// Deposits stand between withdraws.
constexpr std::size_t kTransactionsAsked = 100;
constexpr std::size_t kTransactionsRead = 20;

std::unexpected<rpc::RpcError> fault(std::string message) {
    rpc::RpcError error;
    error.message = std::move(message);
    return std::unexpected(std::move(error));
}

/// The call's result, or the node's error in a line.
rpc::RpcResult<json> read_result(std::string_view answer) {
    auto document = base::parse_bounded_json(answer);
    if (!document || !document->is_object()) {
        return fault("the node's answer is no JSON");
    }
    const auto error = document->find("error");
    if (error != document->end() && error->is_object()) {
        const auto message = error->find("message");
        const bool has_words = message != error->end() && message->is_string();
        return fault("the node does not tell its history: " +
                     (has_words ? message->get<std::string>().substr(0, 200) : "no words"));
    }
    const auto result = document->find("result");
    if (result == document->end()) {
        return fault("the node's answer has no result");
    }
    return std::move(*result);
}

json call(const char* method, json params) {
    return {{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", std::move(params)}};
}

json call_for_signatures(const solana::Pubkey& address) {
    json options = {{"limit", kTransactionsAsked}, {"commitment", "finalized"}};
    json params = json::array({address.to_string(), std::move(options)});
    return call("getSignaturesForAddress", std::move(params));
}

json call_for_transaction(const std::string& signature) {
    json options = {
        {"encoding", "base64"}, {"commitment", "finalized"}, {"maxSupportedTransactionVersion", 0}};
    json params = json::array({signature, std::move(options)});
    return call("getTransaction", std::move(params));
}

} // namespace

rpc::RpcResult<std::vector<std::string>> read_landed(std::string_view answer) {
    const auto result = read_result(answer);
    if (!result) {
        return std::unexpected(result.error());
    }
    std::vector<std::string> signatures;
    for (const auto& entry : result->is_array() ? *result : json::array()) {
        const bool succeeded = entry.is_object() && entry.contains("err") && entry["err"].is_null();
        if (succeeded && entry.contains("signature") && entry["signature"].is_string()) {
            signatures.push_back(entry["signature"].get<std::string>());
        }
    }
    return signatures;
}

rpc::RpcResult<std::optional<solana::Withdraw>> read_withdraw(std::string_view answer,
                                                              const solana::Pubkey& program) {
    const auto result = read_result(answer);
    if (!result) {
        return std::unexpected(result.error());
    }
    const auto at = json::json_pointer("/transaction/0");
    if (!result->contains(at) || !result->at(at).is_string()) {
        return std::nullopt; // it has forgotten it meanwhile
    }
    const auto wire = base::decode_base64(result->at(at).get_ref<const std::string&>());
    for (const auto& data : solana::instruction_data(wire.value_or(base::Bytes()), program)) {
        if (auto withdraw = solana::decode_withdraw(data)) {
            return withdraw;
        }
    }
    return std::nullopt;
}

base::Task<rpc::RpcResult<std::optional<solana::Withdraw>>> newest_landed_withdraw(
    // NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters): awaited at once
    rpc::HttpClient& node, solana::WithdrawPlan plan) {
    const auto listing = co_await node.post(call_for_signatures(plan.accounts.pool).dump());
    if (!listing) {
        co_return fault(listing.error().message);
    }
    const auto signatures = read_landed(listing->body);
    if (!signatures) {
        co_return std::unexpected(signatures.error());
    }
    for (std::size_t index = 0; index < signatures->size() && index < kTransactionsRead; ++index) {
        const auto reply = co_await node.post(call_for_transaction((*signatures)[index]).dump());
        if (!reply) {
            co_return fault(reply.error().message);
        }
        auto withdraw = read_withdraw(reply->body, plan.program);
        if (!withdraw || *withdraw) {
            co_return withdraw;
        }
    }
    co_return std::nullopt;
}

} // namespace relay::app
