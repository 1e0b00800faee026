#include "fp.hpp"

#include "limbs.hpp"

#include <optional>

namespace relay::groth16 {
namespace {

/// REQUIRES: 0 < shift < 64.
constexpr Limbs shifted_right(const Limbs& number, int shift) {
    Limbs result{};
    for (int i = 0; i < 4; ++i) {
        result[i] = number[i] >> shift;
        if (i < 3) {
            result[i] |= number[i + 1] << (64 - shift);
        }
    }
    return result;
}

// p is 3 modulo 4, and ends in a word to which 1 can be added without a carry.
constexpr Limbs kModulusPlusOne = {kFieldModulus[0] + 1, kFieldModulus[1], kFieldModulus[2],
                                   kFieldModulus[3]};
constexpr Limbs kHalf = shifted_right(kFieldModulus, 1); // (p - 1) / 2

} // namespace

std::optional<Fp> square_root(const Fp& a) {
    const Fp root = power(a, shifted_right(kModulusPlusOne, 2));
    if (square(root) != a) {
        return std::nullopt;
    }
    return root;
}

bool is_greater_half(const Fp& a) {
    return is_below(kHalf, to_number(a));
}

} // namespace relay::groth16
