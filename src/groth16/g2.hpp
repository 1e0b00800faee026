#pragma once
// The second group: the points of order r of the sextic twist y^2 = x^3 + 3 / xi over Fp2. The
// twist has others too, and a pairing with one of them would mean nothing.

#include "fp2.hpp"
#include "jacobian.hpp"

namespace relay::groth16 {

using G2 = Affine<Fp2>;

/// 3 / xi.
const Fp2& g2_b();

/// The curve is the twist. Infinity is on it.
bool is_on_curve(const G2& point);

/// The p-th power of coordinates, brought from the curve over Fp12 to the twist: an endomorphism.
G2 psi(const G2& point);
Jacobian<Fp2> psi(const Jacobian<Fp2>& point);

/// Whether r times the point is infinity, at a quarter of the cost.
/// REQUIRES: is_on_curve(point).
///
/// Source: Y. El Housni, A. Guillevic and T. Piellard, "Co-factor Clearing and Subgroup Membership
/// Testing on Pairing-Friendly Curves", 2022, sections 3 and 5 (after M. Scott, "A note on group
/// membership tests for G1, G2 and GT on BLS pairing-friendly curves", 2021).
bool is_in_subgroup(const G2& point);

} // namespace relay::groth16
