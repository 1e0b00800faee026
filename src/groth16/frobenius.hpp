#pragma once
// The p-th power, as it acts on Fp12 and on the twist: coefficients are conjugated, and the one of
// w^k is multiplied by xi to the k (p - 1) / 6.

#include "fp2.hpp"

#include <array>

namespace relay::groth16 {

/// For each k the power of xi. Worked out at the first call.
const std::array<Fp2, 6>& frobenius_factors();

} // namespace relay::groth16
