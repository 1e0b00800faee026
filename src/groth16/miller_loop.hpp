#pragma once
// The first half of the optimal ate pairing: a product of Miller loops that share their squarings.
// Its value means something after final_exponentiation only.
//
// The loop walks from Q to (6u + 2) Q by doublings and additions, then adds psi(Q) and -psi^2(Q);
// the line of each step, taken at P, is multiplied in. Lines are l0 + l1 w + l3 w^3 in Fp12, and
// may be scaled by anything of Fp2, which the final exponentiation takes out.
//
// Source: F. Vercauteren, "Optimal Pairings", 2010; D. Aranha, K. Karabina, P. Longa, C. Gebotys
// and J. Lopez, "Faster Explicit Formulas for Computing Pairings over Ordinary Curves", 2011,
// section 4, for the steps; C. Costello and D. Stebila, "Fixed Argument Pairings", 2010, for lines
// kept.

#include "fp.hpp"
#include "fp12.hpp"
#include "fp2.hpp"
#include "g1.hpp"
#include "g2.hpp"
#include "jacobian.hpp"
#include "limbs.hpp"
#include "signed_digits.hpp"

#include <array>
#include <cstddef>
#include <span>

namespace relay::groth16 {

inline constexpr SignedDigits kLoop = signed_digits(Wide{6} * kBnParameter + 2, 2);
/// Lines of the whole walk: one a doubling, one an addition, and the two at the end.
inline constexpr std::size_t kLoopLines = [] {
    std::size_t lines = 2;
    for (std::size_t i = 0; i + 1 < kLoop.count; ++i) {
        lines += kLoop.digits[i] == 0 ? 1 : 2;
    }
    return lines;
}();

/// Lines of one Q, divided by their l0: at P they are 1 + l1 (x / y) w + l3 (1 / y) w^3.
struct PreparedLine {
    Fp2 l1;
    Fp2 l3;
};
using PreparedLines = std::array<PreparedLine, kLoopLines>;

/// REQUIRES: in the subgroup, and not at infinity.
PreparedLines prepare_lines(const G2& point);

/// A pair whose lines are prepared.
struct PreparedPair {
    const PreparedLines* lines = nullptr;
    Fp x_over_y;
    Fp one_over_y;
};

/// The product of the loops of (p, q) and of all pairs. That of (p, q) is one where p or q is at
/// infinity. REQUIRES: q is in the subgroup.
Fp12 miller_loop(const G1& p, const G2& q, std::span<const PreparedPair> pairs = {});

} // namespace relay::groth16
