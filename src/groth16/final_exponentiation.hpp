#pragma once
// The second half of the pairing: brings the value of a Miller loop into the group of the r-th
// roots of one, where it depends on the points alone.

#include "fp12.hpp"

namespace relay::groth16 {

/// The value to the (p^12 - 1) / r, times 2u (6u^2 + 3u + 1), which has no divisor in common with
/// r: a pairing as good as the plain one, and one exactly where that is. REQUIRES: not zero.
///
/// Source: L. Fuentes-Castaneda, E. Knapp and F. Rodriguez-Henriquez, "Faster Hashing to G2", 2011,
/// section 5.
Fp12 final_exponentiation(const Fp12& value);

} // namespace relay::groth16
