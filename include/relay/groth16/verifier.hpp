#pragma once
// Whether a Groth16 proof over BN254 is one that the chain takes: the same verdict as the program's
// check by the runtime's alt_bn128 calls has, on every input, odd encodings included. The chain
// stays the judge of a withdraw: this only spares the work for what it would refuse.
//
//   proof = [selector 4][A 64][B 128][C 64], points as EIP-197 writes them
//   valid where e(A, B) = e(alpha, beta) e(ic0 + first ic1 + second ic2, gamma) e(C, delta)
//
// Pure and synchronous: about a millisecond of a core a proof (docs/proofs.md), so it belongs on a
// thread of its own and not on the io thread. It allocates nothing and throws nothing. Its time
// depends on what it is given, which is public, all of it.

#include "relay/groth16/verifying_key.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace relay::groth16 {

inline constexpr std::size_t kProofBytes = kSelectorBytes + kG1Bytes + kG2Bytes + kG1Bytes;
inline constexpr std::size_t kInputBytes = 32;

using ProofView = std::span<const std::uint8_t, kProofBytes>;
/// A public input: a big-endian number, to be below the group's order.
using InputView = std::span<const std::uint8_t, kInputBytes>;

enum class Verdict : std::uint8_t {
    Valid,
    /// The selector is another key's.
    OtherKey,
    /// A coordinate is out of range, a point off its curve or outside its group, or an input not
    /// below the group's order.
    Malformed,
    /// A proof of something else, or of nothing.
    Invalid,
};

/// One word for logs and metrics: valid, other_key, malformed, invalid.
std::string_view to_string(Verdict verdict);

/// What is made of the key is made once, in some milliseconds; it takes some 200 KiB.
/// Thread-safe: any number of threads may call verify at once. One that was moved from can only be
/// destroyed or assigned to.
class Verifier {
  public:
    explicit Verifier(const VerifyingKey& key);
    ~Verifier();
    Verifier(Verifier&&) noexcept;
    Verifier& operator=(Verifier&&) noexcept;

    Verdict verify(ProofView proof, InputView first_input, InputView second_input) const noexcept;

  private:
    struct Prepared;
    std::unique_ptr<const Prepared> prepared_;
};

} // namespace relay::groth16
