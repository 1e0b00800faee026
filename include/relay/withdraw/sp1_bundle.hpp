#pragma once
// The proof as SP1 hands it to its client: SP1ProofWithPublicValues in bincode. Pure.
//
//   [variant: u32 LE, 3 = Groth16]
//   [public input: string] x 2           decimal; string = [length: u64 LE][bytes]
//   [proof: string of 512 hex digits]    A, B, C
//   [raw proof: string]
//   [sha256 of the verifying key: 32]
//   [public values, SP1's version, ...]  not needed, and not looked at
//
// Source: docs/protocol.md, "POST /withdraw"; vectors in sp1_groth16.json.

#include "relay/base/encoding.hpp"
#include "relay/base/error.hpp"
#include "relay/solana/shield_pool.hpp"

#include <array>
#include <cstdint>

namespace relay::withdraw {

using ProofBytes = std::array<std::uint8_t, solana::kProofBytes>;

/// The proof as the program takes it: the first four bytes of the key's hash, then A, B and C. The
/// error says what is wrong with the bundle.
base::Result<ProofBytes> read_sp1_bundle(base::ByteView bundle);

} // namespace relay::withdraw
