#pragma once
// What the public inputs come to: ic0 + first ic1 + second ic2. The points are the key's and so
// known beforehand: a table of each one's multiples leaves 64 additions and no doubling an input.

#include "fp.hpp"
#include "g1.hpp"
#include "jacobian.hpp"
#include "relay/groth16/verifier.hpp"

#include <array>
#include <cstddef>

namespace relay::groth16 {

class InputSum {
  public:
    explicit InputSum(const std::array<G1, 3>& points);

    Jacobian<Fp> of(InputView first, InputView second) const;

  private:
    static constexpr std::size_t kDigits = 2 * kInputBytes;
    static constexpr std::size_t kRowSize = 15;
    /// 1 to 15 times 16^k times the point.
    using Row = std::array<G1, kRowSize>;
    using Table = std::array<Row, kDigits>;

    static Table multiples_of(const G1& point);
    static void add(Jacobian<Fp>& sum, const Table& multiples, InputView scalar);

    G1 constant_;
    Table first_;
    Table second_;
};

} // namespace relay::groth16
