#include "final_exponentiation.hpp"

#include "fp12.hpp"
#include "limbs.hpp"

#include <bit>
#include <cstdint>

namespace relay::groth16 {
namespace {

/// To the -u.
Fp12 power_minus_parameter(const Fp12& value) {
    Fp12 result = value;
    for (std::uint64_t bit = std::bit_floor(kBnParameter) >> 1; bit != 0; bit >>= 1) {
        result = cyclotomic_square(result);
        if ((kBnParameter & bit) != 0) {
            result = result * value;
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
