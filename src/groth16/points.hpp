#pragma once
// Points as bytes: uncompressed, as EIP-197 writes them (x then y; of Fp2 the imaginary part first;
// big endian), and compressed, as gnark writes them (x, with two bits for y in front).

#include "fp.hpp"
#include "g1.hpp"
#include "g2.hpp"
#include "relay/groth16/verifying_key.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace relay::groth16 {

inline constexpr std::size_t kCompressedG1Bytes = 32;
inline constexpr std::size_t kCompressedG2Bytes = 64;

/// A point of the curve, or none: just what the chain's runtime takes in a pairing, the subgroup of
/// G2 apart. It reads bytes by arkworks, to which the first two bits of y are flags: only zeros, or
/// the second flag alone, are infinity; the first alone means nothing.
std::optional<G1> decode_g1(std::span<const std::uint8_t, kG1Bytes> bytes);
std::optional<G2> decode_g2(std::span<const std::uint8_t, kG2Bytes> bytes);

G1Bytes encode(const G1& point);
G2Bytes encode(const G2& point);

/// A point of the curve, or none; infinity is none.
/// Source: gnark-crypto, ecc/bn254/marshal.go.
std::optional<G1> decompress_g1(std::span<const std::uint8_t, kCompressedG1Bytes> bytes);
std::optional<G2> decompress_g2(std::span<const std::uint8_t, kCompressedG2Bytes> bytes);

} // namespace relay::groth16
