#include "relay/rpc/codec.hpp"

#include "call_json.hpp"
#include "error_json.hpp"
#include "relay/base/encoding.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/node_rpc.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/program_data.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/units.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::rpc::codec {

using nlohmann::json;

namespace {

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

std::optional<Account> read_account(const json& value) {
    const auto& owner = member(value, "owner");
    const auto lamports = read_number<std::uint64_t>(member(value, "lamports"));
    const auto& data = member(value, "data");
    if (!owner.is_string() || !lamports || !data.is_array() || data.size() != 2 ||
        !data[0].is_string() || data[1] != "base64") {
        return std::nullopt;
    }
    const auto& text = data[0].get_ref<const std::string&>();
    const auto key = solana::Pubkey::parse(owner.get_ref<const std::string&>());
    if (!key || text.size() > (kMostAccountData + 2) / 3 * 4) {
        return std::nullopt;
    }
    auto bytes = base::decode_base64(text);
    if (!bytes) {
        return std::nullopt;
    }
    return Account{*key, solana::Lamports{*lamports}, std::move(*bytes)};
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
    if (preflight == Preflight::Skip) {
        return text.append("true}]}");
    }
    text.append(R"(false,"preflightCommitment":")").append(to_text(commitment)).append(R"("}]})");
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

std::string get_accounts(CallId id, std::span<const solana::Pubkey> addresses,
                         const AccountsQuery& query, Commitment commitment) {
    json texts = json::array();
    for (const auto& address : addresses) {
        texts.push_back(address.to_string());
    }
    json options = {{"encoding", "base64"},
                    {"commitment", to_text(query.final ? Commitment::Finalized : commitment)}};
    if (query.data == AccountData::Leave) {
        options["dataSlice"] = {{"offset", 0}, {"length", 0}};
    }
    if (query.reached) {
        options["minContextSlot"] = query.reached->value;
    }
    return call(id, "getMultipleAccounts", {std::move(texts), std::move(options)});
}

RpcResult<AccountsReport> read_accounts(const HttpReply& reply, CallId id, std::size_t asked) {
    const auto result = read_result(reply, id);
    if (!result) {
        return std::unexpected(result.error());
    }
    const auto& values = member(*result, "value");
    const auto slot = read_count(member(member(*result, "context"), "slot"));
    if (!values.is_array() || values.size() != asked || !slot) {
        return garbage("not one account an address, or no slot");
    }
    AccountsReport report;
    report.slot.value = *slot;
    report.accounts.reserve(asked);
    for (const auto& value : values) {
        report.accounts.push_back(value.is_null() ? std::nullopt : read_account(value));
        if (!value.is_null() && !report.accounts.back()) {
            return garbage("an account that cannot be read");
        }
    }
    return report;
}

std::string get_minimum_balance(CallId id) {
    return call(id, "getMinimumBalanceForRentExemption", {0});
}

RpcResult<solana::Lamports> read_minimum_balance(const HttpReply& reply, CallId id) {
    const auto result = read_result(reply, id);
    if (!result) {
        return std::unexpected(result.error());
    }
    const auto lamports = read_number<std::uint64_t>(*result);
    if (!lamports) {
        return garbage("no minimum balance");
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
    simulation.units = read_count(member(value, "unitsConsumed"));
    simulation.loaded_bytes = read_count(member(value, "loadedAccountsDataSize"));
    return simulation;
}

std::string get_recent_prices(CallId id, std::span<const solana::Pubkey> writable) {
    json addresses = json::array();
    for (const auto& address : writable) {
        addresses.push_back(address.to_string());
    }
    return call(id, "getRecentPrioritizationFees", {std::move(addresses)});
}

RpcResult<std::vector<SlotPrice>> read_recent_prices(const HttpReply& reply, CallId id) {
    const auto result = read_result(reply, id);
    if (!result) {
        return std::unexpected(result.error());
    }
    if (!result->is_array()) {
        return garbage("no prices");
    }
    std::vector<SlotPrice> prices;
    for (const auto& entry : *result) {
        const auto slot = read_count(member(entry, "slot"));
        const auto lowest = read_count(member(entry, "prioritizationFee"));
        if (!slot || !lowest) {
            return garbage("no price of a slot");
        }
        prices.push_back({{*slot}, {*lowest}});
    }
    std::ranges::sort(prices, {}, &SlotPrice::slot);
    return prices;
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
