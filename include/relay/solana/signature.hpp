#pragma once
// An ed25519 signature; the payer's is the id of its transaction.

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace relay::solana {

struct Signature {
    std::array<std::uint8_t, 64> bytes{};

    /// Base58 of exactly 64 bytes, or nothing.
    static std::optional<Signature> parse(std::string_view base58);
    std::string to_string() const;
    auto operator<=>(const Signature&) const = default;
};

/// Only for our own signatures, whose bytes are random: a stranger could choose theirs to collide.
struct SignatureHash {
    std::size_t operator()(const Signature& signature) const {
        std::size_t hash = 0;
        std::memcpy(&hash, signature.bytes.data(), sizeof hash);
        return hash;
    }
};

} // namespace relay::solana
