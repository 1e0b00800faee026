#include "input_sum.hpp"

#include "fp.hpp"
#include "g1.hpp"
#include "jacobian.hpp"
#include "relay/groth16/verifier.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace relay::groth16 {

InputSum::InputSum(const std::array<G1, 3>& points)
    : constant_(points[0]), first_(multiples_of(points[1])), second_(multiples_of(points[2])) {}

InputSum::Table InputSum::multiples_of(const G1& point) {
    Table table{};
    auto unit = to_jacobian(point);
    for (Row& row : table) {
        std::array<Jacobian<Fp>, kRowSize> multiples{};
        auto multiple = unit;
        for (auto& entry : multiples) {
            entry = multiple;
            multiple = multiple + unit;
        }
        row = to_affine(multiples);
        unit = multiple; // 16 times what it was
    }
    return table;
}

void InputSum::add(Jacobian<Fp>& sum, const Table& multiples, InputView scalar) {
    for (std::size_t k = 0; k < kDigits; ++k) {
        const std::uint8_t byte = scalar[kInputBytes - 1 - k / 2];
        const unsigned digit = k % 2 == 0 ? byte & 15U : byte >> 4U;
        if (digit != 0) {
            sum = sum + multiples[k][digit - 1];
        }
    }
}

Jacobian<Fp> InputSum::of(InputView first, InputView second) const {
    auto sum = to_jacobian(constant_);
    add(sum, first_, first);
    add(sum, second_, second);
    return sum;
}

} // namespace relay::groth16
