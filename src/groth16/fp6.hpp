#pragma once
// The field of p^6 elements: c0 + c1 v + c2 v^2 over Fp2, with v^3 = xi.
//
// Source: the paper of Devegili and others, as for Fp2.

#include "fp2.hpp"

namespace relay::groth16 {

struct Fp6 {
    Fp2 c0;
    Fp2 c1;
    Fp2 c2;

    bool operator==(const Fp6&) const = default;
};

template <>
inline constexpr Fp6 kOne<Fp6> = {kOne<Fp2>, {}, {}};

constexpr Fp6 operator+(const Fp6& a, const Fp6& b) {
    return {a.c0 + b.c0, a.c1 + b.c1, a.c2 + b.c2};
}

constexpr Fp6 operator-(const Fp6& a, const Fp6& b) {
    return {a.c0 - b.c0, a.c1 - b.c1, a.c2 - b.c2};
}

constexpr Fp6 operator-(const Fp6& a) {
    return {-a.c0, -a.c1, -a.c2};
}

constexpr Fp6 doubled(const Fp6& a) {
    return a + a;
}

constexpr Fp6 times_v(const Fp6& a) {
    return {times_xi(a.c2), a.c0, a.c1};
}

Fp6 operator*(const Fp6& a, const Fp6& b);
Fp6 operator*(const Fp6& a, const Fp2& b);
/// a (b0 + b1 v): five products for six.
Fp6 times_sparse(const Fp6& a, const Fp2& b0, const Fp2& b1);
Fp6 inverse(const Fp6& a);

} // namespace relay::groth16
