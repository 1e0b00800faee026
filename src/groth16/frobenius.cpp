#include "frobenius.hpp"

#include "fp.hpp"
#include "fp2.hpp"
#include "limbs.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace relay::groth16 {
namespace {

/// (p - 1) / 6, by long division.
constexpr Limbs kSixth = [] {
    Limbs sixth{};
    Wide rest = 0;
    for (std::size_t i = 4; i-- > 0;) {
        const Wide digit = rest << 64 | (kFieldModulus[i] - (i == 0 ? 1 : 0));
        sixth[i] = static_cast<std::uint64_t>(digit / 6);
        rest = digit % 6;
    }
    return sixth;
}();

} // namespace

const std::array<Fp2, 6>& frobenius_factors() {
    static const auto kFactors = [] {
        std::array<Fp2, 6> factors{};
        factors[0] = kOne<Fp2>;
        factors[1] = power(kXi, kSixth);
        for (std::size_t k = 2; k < factors.size(); ++k) {
            factors[k] = factors[k - 1] * factors[1];
        }
        return factors;
    }();
    return kFactors;
}

} // namespace relay::groth16
