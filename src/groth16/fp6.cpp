#include "fp6.hpp"

#include "fp2.hpp"

namespace relay::groth16 {

Fp6 operator*(const Fp6& a, const Fp6& b) {
    const Fp2 p0 = a.c0 * b.c0;
    const Fp2 p1 = a.c1 * b.c1;
    const Fp2 p2 = a.c2 * b.c2;
    return {p0 + times_xi((a.c1 + a.c2) * (b.c1 + b.c2) - p1 - p2),
            (a.c0 + a.c1) * (b.c0 + b.c1) - p0 - p1 + times_xi(p2),
            (a.c0 + a.c2) * (b.c0 + b.c2) - p0 - p2 + p1};
}

Fp6 operator*(const Fp6& a, const Fp2& b) {
    return {a.c0 * b, a.c1 * b, a.c2 * b};
}

Fp6 times_sparse(const Fp6& a, const Fp2& b0, const Fp2& b1) {
    const Fp2 p0 = a.c0 * b0;
    const Fp2 p1 = a.c1 * b1;
    return {p0 + times_xi(a.c2 * b1), (a.c0 + a.c1) * (b0 + b1) - p0 - p1, p1 + a.c2 * b0};
}

Fp6 inverse(const Fp6& a) {
    const Fp2 t0 = square(a.c0) - times_xi(a.c1 * a.c2);
    const Fp2 t1 = times_xi(square(a.c2)) - a.c0 * a.c1;
    const Fp2 t2 = square(a.c1) - a.c0 * a.c2;
    const Fp2 norm = a.c0 * t0 + times_xi(a.c2 * t1 + a.c1 * t2);
    return Fp6{t0, t1, t2} * inverse(norm);
}

} // namespace relay::groth16
