#include "g2.hpp"

#include "fp.hpp"
#include "fp2.hpp"
#include "frobenius.hpp"
#include "jacobian.hpp"
#include "limbs.hpp"

#include <bit>
#include <cstdint>

namespace relay::groth16 {
namespace {

/// u times the point.
Jacobian<Fp2> times_parameter(const G2& point) {
    Jacobian<Fp2> sum = to_jacobian(point, kFp2One);
    for (std::uint64_t bit = std::bit_floor(kBnParameter) >> 1; bit != 0; bit >>= 1) {
        sum = doubled(sum);
        if ((kBnParameter & bit) != 0) {
            sum = sum + to_jacobian(point, kFp2One);
        }
    }
    return sum;
}

} // namespace

const Fp2& g2_b() {
    static const Fp2 kB = inverse(kXi) * to_field(3);
    return kB;
}

bool is_on_curve(const G2& point) {
    return point.is_infinity || square(point.y) == square(point.x) * point.x + g2_b();
}

G2 psi(const G2& point) {
    return {conjugate(point.x) * kFrobenius[2], conjugate(point.y) * kFrobenius[3],
            point.is_infinity};
}

Jacobian<Fp2> psi(const Jacobian<Fp2>& point) {
    return {conjugate(point.x) * kFrobenius[2], conjugate(point.y) * kFrobenius[3],
            conjugate(point.z)};
}

bool is_in_subgroup(const G2& point) {
    if (point.is_infinity) {
        return true;
    }
    // [u + 1]Q + psi([u]Q) + psi^2([u]Q) = psi^3([2u]Q)
    const auto multiple = times_parameter(point);
    const auto once = psi(multiple);
    const auto twice = psi(once);
    const auto left = add_affine(multiple, point) + once + twice;
    const auto right = doubled(psi(twice));
    return is_zero((left + -right).z);
}

} // namespace relay::groth16
