#include "error_json.hpp"

#include "relay/solana/transaction_error.hpp"

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace relay::rpc::codec {

using nlohmann::json;

namespace {

constexpr std::size_t kLongestErrorText = 300;

} // namespace

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

const json& member(const json& value, const char* name) {
    static const json nothing;
    if (!value.is_object()) {
        return nothing;
    }
    const auto found = value.find(name);
    return found == value.end() ? nothing : *found;
}

namespace {

/// [index, what]: `what` is {"Custom": number} or the error's name.
void read_instruction_error(const json& pair, solana::TransactionError& error) {
    using Kind = solana::TransactionError::Kind;
    const auto index = read_number<std::uint8_t>(pair[0]);
    if (!index) {
        return;
    }
    const auto number = read_number<std::uint32_t>(member(pair[1], "Custom"));
    if (number) {
        error.kind = Kind::Custom;
        error.number = *number;
    } else if (pair[1] == "ComputationalBudgetExceeded") {
        error.kind = Kind::ComputeExceeded;
    } else if (pair[1] == "ProgramFailedToComplete") {
        error.kind = Kind::ProgramStopped;
    } else {
        return;
    }
    error.instruction = *index;
}

} // namespace

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
    } else if (value == "MaxLoadedAccountsDataSizeExceeded") {
        error.kind = Kind::LoadedTooMuch;
    } else if (const auto& rent = member(value, "InsufficientFundsForRent"); rent.is_object()) {
        if (const auto index = read_number<std::uint8_t>(member(rent, "account_index"))) {
            // Account 0 is the fee payer.
            error.kind = *index == 0 ? Kind::PayerUnfunded : Kind::InsufficientFundsForRent;
            error.account_index = *index;
        }
    } else if (const auto& pair = member(value, "InstructionError");
               pair.is_array() && pair.size() == 2) {
        read_instruction_error(pair, error);
    }
    return error;
}

} // namespace relay::rpc::codec
