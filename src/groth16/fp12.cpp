#include "fp12.hpp"

#include "fp2.hpp"
#include "fp6.hpp"
#include "frobenius.hpp"

namespace relay::groth16 {
namespace {

/// a + b s in the field of p^4 elements, with s^2 = xi.
struct Fp4 {
    Fp2 a;
    Fp2 b;
};

Fp4 square(const Fp4& x) {
    const Fp2 a2 = square(x.a);
    const Fp2 b2 = square(x.b);
    return {a2 + times_xi(b2), square(x.a + x.b) - a2 - b2};
}

/// 3a - 2b and 3a + 2b.
Fp2 triple_less(const Fp2& a, const Fp2& b) {
    return doubled(a - b) + a;
}
Fp2 triple_plus(const Fp2& a, const Fp2& b) {
    return doubled(a + b) + a;
}

} // namespace

Fp12 operator*(const Fp12& a, const Fp12& b) {
    const Fp6 p0 = a.c0 * b.c0;
    const Fp6 p1 = a.c1 * b.c1;
    return {p0 + times_v(p1), (a.c0 + a.c1) * (b.c0 + b.c1) - p0 - p1};
}

Fp12 square(const Fp12& a) {
    const Fp6 product = a.c0 * a.c1;
    return {(a.c0 + a.c1) * (a.c0 + times_v(a.c1)) - product - times_v(product), doubled(product)};
}

Fp12 inverse(const Fp12& a) {
    const Fp6 scale = inverse(a.c0 * a.c0 - times_v(a.c1 * a.c1));
    return {a.c0 * scale, -(a.c1 * scale)};
}

Fp12 frobenius(const Fp12& a) {
    const auto& factors = frobenius_factors();
    return {{conjugate(a.c0.c0), conjugate(a.c0.c1) * factors[2], conjugate(a.c0.c2) * factors[4]},
            {conjugate(a.c1.c0) * factors[1], conjugate(a.c1.c1) * factors[3],
             conjugate(a.c1.c2) * factors[5]}};
}

Fp12 times_line(const Fp12& a, const Fp2& l0, const Fp2& l1, const Fp2& l3) {
    const Fp6 p0 = a.c0 * l0;
    const Fp6 p1 = times_sparse(a.c1, l1, l3);
    return {p0 + times_v(p1), times_sparse(a.c0 + a.c1, l0 + l1, l3) - p0 - p1};
}

Fp12 times_line(const Fp12& a, const Fp2& l1, const Fp2& l3) {
    return {a.c0 + times_v(times_sparse(a.c1, l1, l3)), a.c1 + times_sparse(a.c0, l1, l3)};
}

Fp12 cyclotomic_square(const Fp12& a) {
    // Each of the three pairs of coefficients (of w^k and w^(k + 3)) is an element of Fp4.
    const Fp4 x = square(Fp4{a.c0.c0, a.c1.c1});
    const Fp4 y = square(Fp4{a.c1.c0, a.c0.c2});
    const Fp4 z = square(Fp4{a.c0.c1, a.c1.c2});
    return {{triple_less(x.a, a.c0.c0), triple_less(y.a, a.c0.c1), triple_less(z.a, a.c0.c2)},
            {triple_plus(times_xi(z.b), a.c1.c0), triple_plus(x.b, a.c1.c1),
             triple_plus(y.b, a.c1.c2)}};
}

} // namespace relay::groth16
