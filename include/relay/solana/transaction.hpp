#pragma once
// Legacy Solana messages and transactions, as bytes. Pure: no clock, no network.
// Source: Solana's transaction wire format; the grammar stands at the head of transaction.cpp.

#include "relay/base/encoding.hpp"
#include "relay/solana/keypair.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/units.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace relay::solana {

/// IPv6's minimum MTU less headers: the most a transaction may take on the wire.
inline constexpr std::size_t kMaxTransactionBytes = 1232;

struct AccountMeta {
    Pubkey address;
    bool signer = false;
    bool writable = false;
};

struct Instruction {
    Pubkey program;
    std::vector<AccountMeta> accounts;
    base::Bytes data;
};

struct SignedTransaction {
    Signature signature;
    base::Bytes wire;
};

/// A transaction as it is saved before it is sent.
struct SavedTransaction {
    Signature signature;
    base::Bytes wire;
    BlockHeight last_valid_block_height;
    /// Where its blockhash was made, at the latest; none: not known.
    std::optional<Slot> blockhash_slot;
    /// No later than this, by the present process's clock.
    std::chrono::steady_clock::time_point signed_at;
};

/// Calls the system program.
Instruction transfer(const Pubkey& from, const Pubkey& to, Lamports amount);

/// Every account stands once in the key list, with the most any instruction asks for it.
/// REQUIRES: the payer is the only signer.
base::Bytes encode_message(const Pubkey& payer, std::span<const Instruction> instructions,
                           const Hash& blockhash);

/// The account at that place among the keys of a transaction that sign_transaction made; none where
/// there is none.
std::optional<Pubkey> account_at(base::ByteView wire, std::size_t index);

/// What sign_transaction's wire will measure; the size does not depend on the blockhash.
std::size_t transaction_size(const Pubkey& payer, std::span<const Instruction> instructions);

/// For a simulation that looks at neither signature nor blockhash: no node can have it carried out.
base::Bytes draft_transaction(const Pubkey& payer, std::span<const Instruction> instructions);

SignedTransaction sign_transaction(const Keypair& payer, std::span<const Instruction> instructions,
                                   const Hash& blockhash);

} // namespace relay::solana
