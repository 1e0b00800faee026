#pragma once
// The field of p^12 elements, where pairings have their values: c0 + c1 w over Fp6, with w^2 = v.
//
// Source: as for Fp2; R. Granger and M. Scott, "Faster Squaring in the Cyclotomic Subgroup of Sixth
// Degree Extensions", 2010.

#include "fp2.hpp"
#include "fp6.hpp"

namespace relay::groth16 {

struct Fp12 {
    Fp6 c0;
    Fp6 c1;

    bool operator==(const Fp12&) const = default;
};

template <>
inline constexpr Fp12 kOne<Fp12> = {kOne<Fp6>, {}};

/// a to the p^6. In the cyclotomic subgroup it is the inverse.
constexpr Fp12 conjugate(const Fp12& a) {
    return {a.c0, -a.c1};
}

Fp12 operator*(const Fp12& a, const Fp12& b);
Fp12 square(const Fp12& a);
Fp12 inverse(const Fp12& a);
/// a to the p.
Fp12 frobenius(const Fp12& a);

/// a (l0 + l1 w + l3 w^3), as lines are: 13 products for 18.
Fp12 times_line(const Fp12& a, const Fp2& l0, const Fp2& l1, const Fp2& l3);
/// a (1 + l1 w + l3 w^3): 10 products.
Fp12 times_line(const Fp12& a, const Fp2& l1, const Fp2& l3);

/// REQUIRES: a is in the cyclotomic subgroup, as what was raised to (p^6 - 1) (p^2 + 1) is.
Fp12 cyclotomic_square(const Fp12& a);

} // namespace relay::groth16
