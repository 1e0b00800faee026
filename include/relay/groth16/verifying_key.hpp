#pragma once
// The verifying key of a circuit with two public inputs: Groth16 over BN254, of SP1 or any other
// maker. Read from an operator's file, in one of three forms:
//
//   gnark's bytes   what SP1 publishes as groth16_vk.bin: compressed points, and nothing of gnark's
//                   commitments. The first four bytes of their SHA-256 are the selector
//   the same in hex white space around it and a leading 0x do not matter
//   JSON            {"selector": 4 bytes, "alpha": 64, "beta": 128, "gamma": 128, "delta": 128,
//                   "ic": [64, 64, 64]}, each in hex, points as EIP-197 writes them (big endian,
//                   imaginary part of G2 first); other members are not looked at
//
// Every point is on its curve, in its group, and not at infinity: with one at infinity a proof
// would say nothing about what that point stands for. The error says what is wrong, as the end of a
// sentence about the file.

#include "relay/base/error.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace relay::groth16 {

inline constexpr std::size_t kSelectorBytes = 4;
inline constexpr std::size_t kG1Bytes = 64;
inline constexpr std::size_t kG2Bytes = 128;

/// The first bytes of a proof: which key it is for.
using Selector = std::array<std::uint8_t, kSelectorBytes>;
/// Points as EIP-197 writes them.
using G1Bytes = std::array<std::uint8_t, kG1Bytes>;
using G2Bytes = std::array<std::uint8_t, kG2Bytes>;

class VerifyingKey {
  public:
    struct Points {
        G1Bytes alpha{};
        G2Bytes beta{};
        G2Bytes gamma{};
        G2Bytes delta{};
        /// For the constant one, then for each public input.
        std::array<G1Bytes, 3> inputs{};

        bool operator==(const Points&) const = default;
    };

    /// `file`: the file's bytes, whole.
    static base::Result<VerifyingKey> parse(std::string_view file);

    const Selector& selector() const { return selector_; }
    const Points& points() const { return points_; }
    bool operator==(const VerifyingKey&) const = default;

  private:
    VerifyingKey(const Selector& selector, const Points& points)
        : selector_(selector), points_(points) {}

    Selector selector_;
    Points points_;
};

} // namespace relay::groth16
