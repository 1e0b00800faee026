#pragma once
// 32-byte account addresses, and the program-derived ones among them.
// Source: Solana's Pubkey::find_program_address and its MAX_SEEDS and MAX_SEED_LEN rules.

#include "relay/base/encoding.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace relay::solana {

/// 32 bytes that are no address: roots, nullifiers, blockhashes.
using Hash = std::array<std::uint8_t, 32>;

struct Pubkey {
    std::array<std::uint8_t, 32> bytes{};

    /// Base58 of exactly 32 bytes, or nothing.
    static std::optional<Pubkey> parse(std::string_view base58);
    std::string to_string() const;
    auto operator<=>(const Pubkey&) const = default;
};

/// 32 zero bytes, "11111111111111111111111111111111".
inline constexpr Pubkey kSystemProgram{};

/// Whether the bytes decompress to a point of edwards25519, in the prime-order subgroup or not.
bool is_on_curve(const Pubkey& address);

struct ProgramAddress {
    Pubkey address;
    std::uint8_t bump = 0;
};

/// The first address off the curve, bump from 255 down. Nothing where a seed is over 32 bytes, the
/// seeds are more than 15, or no bump serves.
std::optional<ProgramAddress> find_program_address(std::span<const base::ByteView> seeds,
                                                   const Pubkey& program);

/// Native programs, sysvars and other addresses the runtime owns: they can never be credited.
bool is_reserved_address(const Pubkey& address);

} // namespace relay::solana
