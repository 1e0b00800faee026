#include "fp2.hpp"

#include "fp.hpp"

#include <optional>

namespace relay::groth16 {

std::optional<Fp2> square_root(const Fp2& a) {
    // With (x + y i)^2 = a and n = x^2 + y^2, n^2 is a's norm, x^2 = (n + c0) / 2, and y = c1 / 2x.
    const auto norm = square_root(square(a.c0) + square(a.c1));
    if (!norm) {
        return std::nullopt;
    }
    for (const Fp& n : {*norm, -*norm}) {
        const auto x = square_root(halved(a.c0 + n));
        if (x && !is_zero(*x)) {
            const Fp2 root = {*x, halved(a.c1) * inverse(*x)};
            if (square(root) == a) {
                return root;
            }
        }
    }
    const auto y =
        square_root(-a.c0); // of a number without imaginary part, the root may have no real one
    if (!y || !is_zero(a.c1)) {
        return std::nullopt;
    }
    return Fp2{{}, *y};
}

bool is_greater_half(const Fp2& a) {
    return is_greater_half(is_zero(a.c1) ? a.c0 : a.c1);
}

} // namespace relay::groth16
