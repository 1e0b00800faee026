#pragma once
// The p-th power, as it acts on Fp12 and on the twist: coefficients are conjugated, and the one of
// w^k is multiplied by xi to the k (p - 1) / 6.

#include "fp.hpp"
#include "fp2.hpp"
#include "limbs.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace relay::groth16 {

inline constexpr std::array<Fp2, 6> kFrobenius = [] {
    Limbs sixth{}; // (p - 1) / 6, by long division
    Wide rest = 0;
    for (std::size_t i = 4; i-- > 0;) {
        const Wide digit = rest << 64 | (kFieldModulus[i] - (i == 0 ? 1 : 0));
        sixth[i] = static_cast<std::uint64_t>(digit / 6);
        rest = digit % 6;
    }
    std::array<Fp2, 6> factors{};
    factors[0] = kOne<Fp2>;
    factors[1] = power(kXi, sixth);
    for (std::size_t k = 2; k < factors.size(); ++k) {
        factors[k] = factors[k - 1] * factors[1];
    }
    return factors;
}();

} // namespace relay::groth16
