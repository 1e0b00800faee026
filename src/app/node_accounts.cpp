#include "node_accounts.hpp"

#include "relay/base/encoding.hpp"
#include "relay/base/strict_json.hpp"
#include "relay/base/task.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/pubkey.hpp"

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
using Accounts = std::vector<std::optional<NodeAccount>>;

namespace {

constexpr int kInvalidParams = -32602;

std::unexpected<rpc::RpcError> fault(std::string message) {
    rpc::RpcError error;
    error.message = std::move(message);
    return std::unexpected(std::move(error));
}

/// None where it is not what the method promises.
std::optional<NodeAccount> read_account(const json& value) {
    if (!value.is_object()) {
        return std::nullopt;
    }
    const auto owner = solana::Pubkey::parse(value.value("owner", ""));
    const auto data = value.find("data");
    const bool has_text =
        data != value.end() && data->is_array() && data->size() == 2 && data->front().is_string();
    if (!owner || !has_text) {
        return std::nullopt;
    }
    auto bytes = base::decode_base64(data->front().get<std::string>());
    if (!bytes) {
        return std::nullopt;
    }
    return NodeAccount{*owner, value.value("executable", false), std::move(*bytes)};
}

std::unexpected<rpc::RpcError> told(const json& error) {
    rpc::RpcError refused;
    refused.code = error.value("code", 0);
    refused.kind = refused.code == kInvalidParams ? rpc::RpcError::Kind::Refused
                                                  : rpc::RpcError::Kind::Unavailable;
    refused.message = "RPC error " + std::to_string(refused.code) + ": " +
                      error.value("message", "").substr(0, 200);
    return std::unexpected(std::move(refused));
}

} // namespace

rpc::RpcResult<Accounts> read_accounts(std::string_view answer, std::size_t asked) {
    const auto document = base::parse_bounded_json(answer);
    if (!document || !document->is_object()) {
        return fault("the node's answer is no JSON");
    }
    try {
        if (const auto error = document->find("error");
            error != document->end() && error->is_object()) {
            return told(*error);
        }
        const auto& values = document->at("result").at("value");
        Accounts accounts;
        for (const auto& value : values) {
            accounts.push_back(read_account(value));
            if (!value.is_null() && !accounts.back()) {
                return fault("the node's answer holds an account without owner or data");
            }
        }
        if (accounts.size() != asked) {
            return fault("the node's answer has not one account an address");
        }
        return accounts;
    } catch (const json::exception&) {
        return fault("the node's answer is not what getMultipleAccounts promises");
    }
}

base::Task<rpc::RpcResult<Accounts>> fetch_accounts(
    // NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters): awaited at once
    rpc::HttpClient& node, std::vector<solana::Pubkey> addresses, rpc::Commitment commitment) {
    json texts = json::array();
    for (const auto& address : addresses) {
        texts.push_back(address.to_string());
    }
    const auto* const level = commitment == rpc::Commitment::Finalized ? "finalized" : "confirmed";
    json options = {{"commitment", level}, {"encoding", "base64"}};
    json call = {{"jsonrpc", "2.0"}, {"id", 1}, {"method", "getMultipleAccounts"}};
    call["params"] = json::array({std::move(texts), std::move(options)});
    const auto reply = co_await node.post(call.dump());
    if (!reply) {
        co_return fault(reply.error().message);
    }
    co_return read_accounts(reply->body, addresses.size());
}

} // namespace relay::app
