#include "relay/groth16/verifier.hpp"

#include "final_exponentiation.hpp"
#include "fp.hpp"
#include "fp12.hpp"
#include "fp2.hpp"
#include "g1.hpp"
#include "g2.hpp"
#include "input_sum.hpp"
#include "jacobian.hpp"
#include "limbs.hpp"
#include "miller_loop.hpp"
#include "points.hpp"
#include "relay/groth16/statement.hpp"
#include "relay/groth16/verifying_key.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace relay::groth16 {
namespace {

/// -A. The program negates A before anyone has looked at it, by taking y from p modulo 2^256, so
/// that what is read is what comes of that: of zeros it makes no point at all.
std::optional<G1> decode_negated(std::span<const std::uint8_t, kG1Bytes> bytes) {
    constexpr std::size_t kHalf = kG1Bytes / 2;
    G1Bytes negated{};
    std::ranges::copy(bytes, negated.begin());
    const auto y = std::span(negated).last<kHalf>();
    Carry borrow = 0;
    write_big_endian(subtract(kFieldModulus, read_big_endian(bytes.last<kHalf>()), borrow), y);
    return decode_g1(negated);
}

/// The pairs (sum, gamma) and (C, delta), without those of a point at infinity.
class PreparedPairs {
  public:
    /// One division serves both.
    PreparedPairs(const Jacobian<Fp>& sum, const PreparedLines& gamma, const G1& c,
                  const PreparedLines& delta) {
        const bool has_sum = !is_zero(sum.z);
        const Fp sum_y = has_sum ? sum.y : kOne<Fp>;
        const Fp c_y = c.is_infinity ? kOne<Fp> : c.y;
        const Fp scale = inverse(sum_y * c_y);
        if (has_sum) {
            // x / y of what is held as (x / z^2, y / z^3), and 1 / y
            const Fp over_y = scale * c_y;
            const Fp z_over_y = sum.z * over_y;
            pairs_[count_++] = {&gamma, sum.x * z_over_y, square(sum.z) * z_over_y};
        }
        if (!c.is_infinity) {
            const Fp over_y = scale * sum_y;
            pairs_[count_++] = {&delta, c.x * over_y, over_y};
        }
    }

    std::span<const PreparedPair> pairs() const { return std::span(pairs_).first(count_); }

  private:
    std::array<PreparedPair, 2> pairs_;
    std::size_t count_ = 0;
};

/// The points of a key were looked at when it was read.
G1 point_of(const G1Bytes& bytes) {
    return decode_g1(bytes).value_or(infinity<Fp>());
}

G2 point_of(const G2Bytes& bytes) {
    return decode_g2(bytes).value_or(infinity<Fp2>());
}

} // namespace

struct Verifier::Prepared {
    explicit Prepared(const VerifyingKey& key)
        : selector(key.selector()),
          inputs({point_of(key.points().inputs[0]), point_of(key.points().inputs[1]),
                  point_of(key.points().inputs[2])}),
          gamma(prepare_lines(point_of(key.points().gamma))),
          delta(prepare_lines(point_of(key.points().delta))),
          expected(conjugate(final_exponentiation(
              miller_loop(point_of(key.points().alpha), point_of(key.points().beta))))) {}

    Selector selector;
    InputSum inputs;
    PreparedLines gamma;
    PreparedLines delta;
    /// e(alpha, beta) to the -1, which is what e(-A, B) e(sum, gamma) e(C, delta) has to be.
    Fp12 expected;
};

Verifier::Verifier(const VerifyingKey& key) : prepared_(std::make_unique<const Prepared>(key)) {}
Verifier::~Verifier() = default;
Verifier::Verifier(Verifier&&) noexcept = default;
Verifier& Verifier::operator=(Verifier&&) noexcept = default;

Verdict Verifier::verify(ProofView proof, InputView first_input,
                         InputView second_input) const noexcept {
    if (!std::ranges::equal(proof.first<kSelectorBytes>(), prepared_->selector)) {
        return Verdict::OtherKey;
    }
    if (!is_input(first_input) || !is_input(second_input)) {
        return Verdict::Malformed;
    }
    constexpr std::size_t kB = kSelectorBytes + kG1Bytes;
    const auto minus_a = decode_negated(proof.subspan<kSelectorBytes, kG1Bytes>());
    const auto b = decode_g2(proof.subspan<kB, kG2Bytes>());
    const auto c = decode_g1(proof.last<kG1Bytes>());
    if (!minus_a || !b || !c || !is_in_subgroup(*b)) {
        return Verdict::Malformed;
    }
    const PreparedPairs pairs(prepared_->inputs.of(first_input, second_input), prepared_->gamma, *c,
                              prepared_->delta);
    const Fp12 value = final_exponentiation(miller_loop(*minus_a, *b, pairs.pairs()));
    return value == prepared_->expected ? Verdict::Valid : Verdict::Invalid;
}

std::string_view to_string(Verdict verdict) {
    switch (verdict) {
        case Verdict::Valid:
            return "valid";
        case Verdict::OtherKey:
            return "other_key";
        case Verdict::Malformed:
            return "malformed";
        case Verdict::Invalid:
            return "invalid";
    }
    std::unreachable();
}

} // namespace relay::groth16
