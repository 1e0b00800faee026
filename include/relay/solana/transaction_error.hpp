#pragma once
// Why the runtime refused a transaction: `err` of a signature's status, or `data.err` of a failed
// preflight. Read from the JSON's structure and numbers, never from message texts.
// Source: Solana's TransactionError and InstructionError as serialised by validators.

#include <cstdint>
#include <string>

namespace relay::solana {

struct TransactionError {
    enum class Kind {
        /// The program at `instruction` returned custom error `number`.
        Custom,
        /// The blockhash is expired, or this node has not seen it yet.
        BlockhashNotFound,
        /// This very signature is in a block already.
        AlreadyProcessed,
        /// The fee payer has no account, or too few lamports for the fee.
        PayerUnfunded,
        /// Account `account_index` would be left with less than rent asks.
        InsufficientFundsForRent,
        /// Anything else; `text` is the JSON.
        Other,
    };

    Kind kind = Kind::Other;
    std::uint8_t instruction = 0;
    std::uint32_t number = 0;
    std::uint8_t account_index = 0;
    /// The error as the node gave it, shortened: for logs and histories.
    std::string text;
};

} // namespace relay::solana
