#pragma once
// The field of p^2 elements: c0 + c1 i with i^2 = -1.
//
// Source: Devegili, O hEigeartaigh, Scott and Dahab, "Multiplication and Squaring on
// Pairing-Friendly Fields", 2006.

#include "fp.hpp"
#include "limbs.hpp"

#include <optional>

namespace relay::groth16 {

struct Fp2 {
    Fp c0;
    Fp c1;

    bool operator==(const Fp2&) const = default;
};

template <>
inline constexpr Fp2 kOne<Fp2> = {kOne<Fp>, {}};

constexpr Fp2 operator+(const Fp2& a, const Fp2& b) {
    return {a.c0 + b.c0, a.c1 + b.c1};
}

constexpr Fp2 operator-(const Fp2& a, const Fp2& b) {
    return {a.c0 - b.c0, a.c1 - b.c1};
}

constexpr Fp2 operator-(const Fp2& a) {
    return {-a.c0, -a.c1};
}

constexpr Fp2 doubled(const Fp2& a) {
    return {doubled(a.c0), doubled(a.c1)};
}

constexpr Fp2 tripled(const Fp2& a) {
    return doubled(a) + a;
}

constexpr Fp2 halved(const Fp2& a) {
    return {halved(a.c0), halved(a.c1)};
}

/// a to the p.
constexpr Fp2 conjugate(const Fp2& a) {
    return {a.c0, -a.c1};
}

constexpr Fp2 operator*(const Fp2& a, const Fp2& b) {
    const Fp minus_b1 = unreduced_negative(b.c1);
    return {sum_of_products<2>({&a.c0, &a.c1}, {&b.c0, &minus_b1}),
            sum_of_products<2>({&a.c0, &a.c1}, {&b.c1, &b.c0})};
}

constexpr Fp2 operator*(const Fp2& a, const Fp& b) {
    return {a.c0 * b, a.c1 * b};
}

constexpr Fp2 square(const Fp2& a) {
    return {unreduced_sum(a.c0, a.c1) * (a.c0 - a.c1), unreduced_sum(a.c0, a.c0) * a.c1};
}

/// 9 + i, which is neither a square nor a cube: what the higher fields and the twist are made with.
inline constexpr Fp2 kXi = {to_field(9), kOne<Fp>};

constexpr Fp2 times_xi(const Fp2& a) {
    return {nine_times_plus(a.c0, unreduced_negative(a.c1)), nine_times_plus(a.c1, a.c0)};
}

constexpr bool is_zero(const Fp2& a) {
    return a == Fp2{};
}

/// 1 / a; zero for zero.
constexpr Fp2 inverse(const Fp2& a) {
    const Fp scale = inverse(square(a.c0) + square(a.c1));
    return {a.c0 * scale, -(a.c1 * scale)};
}

/// One of the two, where there are any.
std::optional<Fp2> square_root(const Fp2& a);
/// Whether it is the greater of a and -a, by the imaginary part first.
bool is_greater_half(const Fp2& a);

} // namespace relay::groth16
