#pragma once
// The first group: the points of y^2 = x^3 + 3 over Fp. Its order is r, a prime, so that every
// point of the curve is in the group.

#include "fp.hpp"
#include "jacobian.hpp"

namespace relay::groth16 {

using G1 = Affine<Fp>;

inline constexpr Fp kG1B = to_field(3);
inline constexpr G1 kG1Generator = {kOne<Fp>, to_field(2)};

/// Infinity is.
constexpr bool is_on_curve(const G1& point) {
    return point.is_infinity || square(point.y) == square(point.x) * point.x + kG1B;
}

} // namespace relay::groth16
