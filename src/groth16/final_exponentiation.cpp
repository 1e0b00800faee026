#include "final_exponentiation.hpp"

#include "fp12.hpp"
#include "limbs.hpp"
#include "signed_digits.hpp"

#include <array>
#include <cstddef>
#include <cstdlib>

namespace relay::groth16 {
namespace {

constexpr int kWidth = 4;
constexpr SignedDigits kParameter = signed_digits(kBnParameter, kWidth);

/// To the -u. REQUIRES: in the cyclotomic subgroup, where the conjugate is the inverse.
Fp12 power_minus_parameter(const Fp12& value) {
    std::array<Fp12, 1 << (kWidth - 2)> odd_powers{value};
    const Fp12 value2 = cyclotomic_square(value);
    for (std::size_t i = 1; i < odd_powers.size(); ++i) {
        odd_powers[i] = odd_powers[i - 1] * value2;
    }
    const auto to_the = [&](int digit) {
        const Fp12& power = odd_powers[static_cast<std::size_t>(std::abs(digit)) / 2];
        return digit < 0 ? conjugate(power) : power;
    };
    Fp12 result = to_the(kParameter.digits[kParameter.count - 1]);
    for (std::size_t i = kParameter.count - 1; i-- > 0;) {
        result = cyclotomic_square(result);
        if (kParameter.digits[i] != 0) {
            result = result * to_the(kParameter.digits[i]);
        }
    }
    return conjugate(result);
}

} // namespace

Fp12 final_exponentiation(const Fp12& value) {
    // The easy part, (p^6 - 1) (p^2 + 1), leads into the cyclotomic subgroup.
    const Fp12 unitary = conjugate(value) * inverse(value);
    const Fp12 m = frobenius(frobenius(unitary)) * unitary;

    // The hard part, (p^4 - p^2 + 1) / r times the factor, is
    //   (1 + 6u + 12u^2 + 12u^3) + (4u + 6u^2 + 12u^3) p + (6u + 6u^2 + 12u^3) p^2
    //   + (-1 + 4u + 6u^2 + 12u^3) p^3
    // Each name says to which power of u m stands there.
    const Fp12 minus_u = power_minus_parameter(m);
    const Fp12 minus_2u = cyclotomic_square(minus_u);
    const Fp12 minus_6u = cyclotomic_square(minus_2u) * minus_2u;
    const Fp12 plus_6u2 = power_minus_parameter(minus_6u);
    const Fp12 minus_12u3 = power_minus_parameter(cyclotomic_square(plus_6u2));
    const Fp12 a = conjugate(minus_12u3) * plus_6u2 * conjugate(minus_6u);
    const Fp12 b = a * minus_2u;
    const Fp12 to_p1 = frobenius(b);
    const Fp12 to_p2 = frobenius(frobenius(a));
    const Fp12 to_p3 = frobenius(frobenius(frobenius(conjugate(m) * b)));
    return a * plus_6u2 * m * to_p1 * to_p2 * to_p3;
}

} // namespace relay::groth16
