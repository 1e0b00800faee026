#pragma once
// The public inputs of the shield pool's circuit: first the circuit's program key, as SP1 names it,
// then the statement, which is made of what the withdraw says of itself. Pure.
//
// Source: docs/protocol.md.

#include "relay/groth16/verifier.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace relay::groth16 {

/// [root 32][nullifier 32][outputs_hash 32][amount u64 LE], as in the withdraw instruction.
inline constexpr std::size_t kStatementBytes = 104;

/// The second public input: SHA-256 of the statement with its top three bits cleared, so that it is
/// below the group's order.
std::array<std::uint8_t, kInputBytes> input_of(
    std::span<const std::uint8_t, kStatementBytes> statement);

/// Whether it is below the group's order: a program key that is not can have no proofs.
bool is_input(InputView bytes);

} // namespace relay::groth16
