#pragma once
// A number as a sum of powers of two, each times an odd digit that may be negative: fewer of them
// than it has bits set. For walks that double all the way and add where there is a digit.
//
// Source: J. Solinas, "Efficient Arithmetic on Koblitz Curves", 2000, section 3: the width-w NAF.

#include "limbs.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace relay::groth16 {

struct SignedDigits {
    std::array<std::int8_t, 68> digits{}; // the lowest first
    std::size_t count = 0;
};

/// Digits below 2^(width - 1) in size, and of width neighbours at most one that is not zero; the
/// highest is positive. REQUIRES: number < 2^66, width > 1.
constexpr SignedDigits signed_digits(Wide number, int width) {
    SignedDigits result;
    for (; number != 0; number /= 2) {
        int digit = 0;
        if (number % 2 == 1) {
            digit = static_cast<int>(number % (1U << width));
            if (digit >= 1 << (width - 1)) {
                digit -= 1 << width;
            }
            number -= static_cast<Wide>(digit);
        }
        result.digits[result.count++] = static_cast<std::int8_t>(digit);
    }
    return result;
}

} // namespace relay::groth16
