#include "g2.hpp"

#include "fp.hpp"
#include "fp2.hpp"
#include "frobenius.hpp"
#include "jacobian.hpp"
#include "limbs.hpp"
#include "signed_digits.hpp"

#include <cstddef>

namespace relay::groth16 {
namespace {

constexpr SignedDigits kParameter = signed_digits(kBnParameter, 2);

/// u times the point.
Jacobian<Fp2> times_parameter(const G2& point) {
    const G2 negative = -point;
    Jacobian<Fp2> sum = to_jacobian(point);
    for (std::size_t i = kParameter.count - 1; i-- > 0;) {
        sum = doubled(sum);
        if (kParameter.digits[i] != 0) {
            sum = sum + (kParameter.digits[i] > 0 ? point : negative);
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
    const auto& factors = frobenius_factors();
    return {conjugate(point.x) * factors[2], conjugate(point.y) * factors[3], point.is_infinity};
}

Jacobian<Fp2> psi(const Jacobian<Fp2>& point) {
    const auto& factors = frobenius_factors();
    return {conjugate(point.x) * factors[2], conjugate(point.y) * factors[3], conjugate(point.z)};
}

bool is_in_subgroup(const G2& point) {
    if (point.is_infinity) {
        return true;
    }
    // [u + 1]Q + psi([u]Q) + psi^2([u]Q) = psi^3([2u]Q)
    const auto multiple = times_parameter(point);
    const auto once = psi(multiple);
    const auto twice = psi(once);
    const auto left = multiple + point + once + twice;
    const auto right = doubled(psi(twice));
    return is_zero((left + -right).z);
}

} // namespace relay::groth16
