#pragma once
// What a transaction asks a leader for, and bids for it. Pure.
//
// Leaders pack their blocks by what transactions ask for, not by what they use, and the priority
// fee is paid for all of it: too much costs money and places, too little is a failure that is paid
// for. Source: the compute budget program of Solana's validators.

#include "relay/base/encoding.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/transaction.hpp"
#include "relay/solana/units.hpp"

#include <cstdint>
#include <optional>

namespace relay::solana {

inline constexpr std::uint32_t kMostComputeUnits = 1'400'000;
inline constexpr std::uint32_t kMostLoadedBytes = 64U * 1024 * 1024;
/// Loaded bytes are charged by the page.
inline constexpr std::uint32_t kLoadedPage = 32U * 1024;

struct ComputeBudget {
    /// Compute units, at most kMostComputeUnits.
    std::uint32_t units = 0;
    UnitPrice price;
    /// Bytes of accounts, programs included; none: kMostLoadedBytes.
    std::optional<std::uint32_t> loaded_bytes;
    bool operator==(const ComputeBudget&) const = default;
};

/// What is paid beside the signature's fee, landed or failed: for all that was asked for.
Lamports priority_fee(const ComputeBudget& budget);

Instruction set_compute_unit_limit(std::uint32_t units);
Instruction set_compute_unit_price(UnitPrice price);
Instruction set_loaded_accounts_limit(std::uint32_t bytes);

/// Of a transaction that names its units and its price. None where it does not, or is none.
std::optional<ComputeBudget> read_compute_budget(base::ByteView wire);

} // namespace relay::solana
