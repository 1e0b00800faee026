#include "fp2.hpp"

#include "fp.hpp"

#include <optional>

namespace relay::groth16 {

Fp2 inverse(const Fp2& a) {
    const Fp scale = inverse(square(a.c0) + square(a.c1));
    return {a.c0 * scale, -(a.c1 * scale)};
}

std::optional<Fp2> square_root(const Fp2& a) {
    // With (x + y i)^2 = a and n = x^2 + y^2, n^2 is a's norm, x^2 = (n + c0) / 2, and y = c1 / 2x.
    const auto norm = square_root(square(a.c0) + square(a.c1));
    if (!norm) {
        return std::nullopt;
    }
    auto x = square_root(halved(a.c0 + *norm));
    if (!x || is_zero(*x)) {
        x = square_root(halved(a.c0 - *norm));
    }
    if (!x) {
        return std::nullopt;
    }
    Fp2 root = {*x, halved(a.c1) * inverse(*x)};
    if (is_zero(*x)) { // of a negative number, or of zero
        root.c1 = square_root(-a.c0).value_or(Fp{});
    }
    if (square(root) != a) {
        return std::nullopt;
    }
    return root;
}

bool is_greater_half(const Fp2& a) {
    return is_greater_half(is_zero(a.c1) ? a.c0 : a.c1);
}

} // namespace relay::groth16
