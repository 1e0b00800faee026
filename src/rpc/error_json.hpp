#pragma once
// Reads the parts that a node's answers are made of, and the runtime's errors among them. Pure.
// Source: Solana's TransactionError and InstructionError as serialised by validators.

#include "relay/solana/transaction_error.hpp"

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace relay::rpc::codec {

/// For logs and histories: at most some 300 bytes of it.
std::string shortened(const nlohmann::json& value);

/// An unsigned integer that fits, or nothing.
template <class Number>
std::optional<Number> read_number(const nlohmann::json& value) {
    if (!value.is_number_unsigned() ||
        value.get<std::uint64_t>() > std::numeric_limits<Number>::max()) {
        return std::nullopt;
    }
    return static_cast<Number>(value.get<std::uint64_t>());
}

/// The member's value, or null.
const nlohmann::json& member(const nlohmann::json& value, const char* name);

solana::TransactionError read_transaction_error(const nlohmann::json& value);

} // namespace relay::rpc::codec
