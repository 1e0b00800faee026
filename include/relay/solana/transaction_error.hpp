#pragma once
// Why the runtime refused a transaction: `err` of a signature's status, or `data.err` of a failed
// preflight. Read from the JSON's structure and numbers, never from message texts.
// Source: Solana's TransactionError and InstructionError as serialised by validators.

#include <cstdint>
#include <optional>
#include <string>

namespace relay::solana {

/// Whose account an error speaks of: known to who knows the transaction's keys.
enum class AccountRole { Unknown, Payer, Pool, Treasury, NullifierShard, Recipient, Tipped };

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
        /// The program at `instruction` needed more compute units than were asked for.
        ComputeExceeded,
        /// Its accounts are larger than what was asked for.
        LoadedTooMuch,
        /// The program at `instruction` was stopped; often for want of compute units, where as many
        /// as asked for were consumed.
        ProgramStopped,
        /// Anything else; `text` is the JSON.
        Other,
    };

    Kind kind = Kind::Other;
    std::uint8_t instruction = 0;
    std::uint32_t number = 0;
    /// Into the transaction's keys.
    std::uint8_t account_index = 0;
    AccountRole account = AccountRole::Unknown;
    /// The pool is known to lack it still, its root or its lamports: to who watches the chain.
    bool is_known_lack = false;
    /// By a preflight, where the node told.
    std::optional<std::uint64_t> units_consumed;
    /// The error as the node gave it, shortened: for logs and histories.
    std::string text;
};

} // namespace relay::solana
