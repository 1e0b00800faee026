#pragma once
// Quantities of the chain as types of their own, so that a slot is never passed for a height.

#include <compare>
#include <cstdint>

namespace relay::solana {

/// 10^-9 SOL.
struct Lamports {
    std::uint64_t value = 0;
    auto operator<=>(const Lamports&) const = default;
};

/// Micro-lamports (10^-15 SOL) that a transaction bids for each compute unit it asks for.
struct UnitPrice {
    std::uint64_t value = 0;
    auto operator<=>(const UnitPrice&) const = default;
};

/// A leader's turn, counted whether or not it made a block.
struct Slot {
    std::uint64_t value = 0;
    auto operator<=>(const Slot&) const = default;
};

/// The number of blocks below this one; what a blockhash's lifetime is counted in.
struct BlockHeight {
    std::uint64_t value = 0;
    auto operator<=>(const BlockHeight&) const = default;
};

} // namespace relay::solana
