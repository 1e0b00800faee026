#pragma once
// Points of the curves y^2 = x^3 + b, over either field: as written (affine), and as computed with
// (Jacobian: x / z^2, y / z^3, where no step divides). The formulas do not need b.
//
// Source: the Explicit-Formulas Database, Jacobian coordinates for a = 0: dbl-2009-l,
// add-1998-cmo-2.

#include "fp.hpp"
#include "limbs.hpp"

#include <array>
#include <cstddef>

namespace relay::groth16 {

template <class Field>
struct Affine {
    Field x;
    Field y;
    bool is_infinity = false; // x and y are zero then

    bool operator==(const Affine&) const = default;
};

template <class Field>
constexpr Affine<Field> infinity() {
    return {.x = {}, .y = {}, .is_infinity = true};
}

template <class Field>
Affine<Field> operator-(const Affine<Field>& point) {
    return {point.x, -point.y, point.is_infinity};
}

template <class Field>
struct Jacobian {
    Field x;
    Field y;
    Field z; // zero at infinity
};

template <class Field>
Jacobian<Field> to_jacobian(const Affine<Field>& point) {
    return {point.x, point.y, point.is_infinity ? Field{} : kOne<Field>};
}

template <class Field>
Affine<Field> to_affine(const Jacobian<Field>& point) {
    if (is_zero(point.z)) {
        return infinity<Field>();
    }
    const Field scale = inverse(point.z);
    const Field scale2 = square(scale);
    return {point.x * scale2, point.y * (scale2 * scale)};
}

/// One division for all. REQUIRES: none is at infinity.
template <class Field, std::size_t kCount>
std::array<Affine<Field>, kCount> to_affine(const std::array<Jacobian<Field>, kCount>& points) {
    std::array<Field, kCount> products{}; // of the z before each
    Field product = kOne<Field>;
    for (std::size_t i = 0; i < kCount; ++i) {
        products[i] = product;
        product = product * points[i].z;
    }
    std::array<Affine<Field>, kCount> result{};
    Field rest = inverse(product);
    for (std::size_t i = kCount; i-- > 0;) {
        const Field scale = rest * products[i];
        const Field scale2 = square(scale);
        result[i] = {points[i].x * scale2, points[i].y * (scale2 * scale)};
        rest = rest * points[i].z;
    }
    return result;
}

template <class Field>
Jacobian<Field> operator-(const Jacobian<Field>& point) {
    return {point.x, -point.y, point.z};
}

/// REQUIRES: no point is its own negative, which holds on curves of odd order.
template <class Field>
Jacobian<Field> doubled(const Jacobian<Field>& point) {
    const Field x2 = square(point.x);
    const Field y2 = square(point.y);
    const Field y4 = square(y2);
    const Field d = doubled(square(point.x + y2) - x2 - y4);
    const Field e = doubled(x2) + x2;
    const Field x = square(e) - doubled(d);
    return {x, e * (d - x) - doubled(doubled(doubled(y4))), doubled(point.y * point.z)};
}

/// The sum of two points whose coordinates over one denominator z are (x, y) and (x + dx, y + dy).
template <class Field>
Jacobian<Field> chord(const Field& x, const Field& y, const Field& dx, const Field& dy,
                      const Field& z) {
    const Field dx2 = square(dx);
    const Field dx3 = dx2 * dx;
    const Field v = x * dx2;
    const Field sum_x = square(dy) - dx3 - doubled(v);
    return {sum_x, dy * (v - sum_x) - y * dx3, z * dx};
}

template <class Field>
Jacobian<Field> operator+(const Jacobian<Field>& a, const Jacobian<Field>& b) {
    if (is_zero(a.z)) {
        return b;
    }
    if (is_zero(b.z)) {
        return a;
    }
    const Field az2 = square(a.z);
    const Field bz2 = square(b.z);
    const Field x = a.x * bz2;
    const Field y = a.y * (bz2 * b.z);
    const Field dx = b.x * az2 - x;
    const Field dy = b.y * (az2 * a.z) - y;
    if (is_zero(dx) && is_zero(dy)) {
        return doubled(a);
    }
    return chord(x, y, dx, dy, a.z * b.z); // z is zero where they are each other's negatives
}

/// As above, with a z of one.
template <class Field>
Jacobian<Field> operator+(const Jacobian<Field>& a, const Affine<Field>& b) {
    if (b.is_infinity) {
        return a;
    }
    if (is_zero(a.z)) {
        return to_jacobian(b);
    }
    const Field az2 = square(a.z);
    const Field dx = b.x * az2 - a.x;
    const Field dy = b.y * (az2 * a.z) - a.y;
    if (is_zero(dx) && is_zero(dy)) {
        return doubled(a);
    }
    return chord(a.x, a.y, dx, dy, a.z);
}

template <class Field>
Jacobian<Field> multiply(const Jacobian<Field>& point, const Limbs& scalar) {
    Jacobian<Field> sum{};
    for (std::size_t place = 256; place-- > 0;) {
        if (!is_zero(sum.z)) {
            sum = doubled(sum);
        }
        if (bit_of(scalar, place)) {
            sum = sum + point;
        }
    }
    return sum;
}

} // namespace relay::groth16
