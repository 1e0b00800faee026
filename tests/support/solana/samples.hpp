#pragma once
// Withdraws and transactions for tests, any number of them, told apart by a number.

#include "relay/solana/compute_budget.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/transaction.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace relay::test {

/// Marks `bytes` with a kind and a number: ordered as the numbers are.
void write_number(auto& bytes, std::uint8_t kind, std::uint32_t number) {
    bytes[0] = kind;
    for (std::size_t index = 0; index < 4; ++index) {
        bytes[1 + index] = static_cast<std::uint8_t>(number >> (24 - 8 * index));
    }
}

/// The program and accounts of the vectors.
solana::WithdrawPlan vector_plan();

inline constexpr solana::ComputeBudget kBudget{
    .units = 400'000, .price = {10'000}, .loaded_bytes = std::nullopt};

/// The same number gives the same withdraw, another number another nullifier and root. Its sums and
/// hash are right; its proof is nothing.
solana::Withdraw make_withdraw(std::uint32_t number);

/// Some 64 bytes.
solana::Signature make_signature(std::uint32_t number);

solana::SavedTransaction make_transaction(std::uint32_t number);

} // namespace relay::test
