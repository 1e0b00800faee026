#pragma once
// A verifying key as gnark writes it (VerifyingKey.WriteTo for BN254) and SP1 publishes it:
//
//   alpha G1 | beta G1 | beta G2 | gamma G2 | delta G1 | delta G2      compressed
//   [count: u32 BE][K: count x G1]                                     the constant one, the inputs
//   [0: u32][0: u32]                                                   no commitments
//
// The two that stand in G1 for a second time serve the prover alone.
//
// Source: gnark, backend/groth16/bn254/marshal.go.

#include "relay/base/encoding.hpp"
#include "relay/base/error.hpp"
#include "relay/groth16/verifying_key.hpp"

namespace relay::groth16 {

base::Result<VerifyingKey::Points> read_gnark_key(base::ByteView bytes);

} // namespace relay::groth16
