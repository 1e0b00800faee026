#pragma once
// The test relay's keypair, from tests/vectors/relay_keypair.json.

#include "relay/solana/keypair.hpp"

#include <string>

namespace relay::test {

/// As solana-keygen would have written it.
std::string relay_keypair_text();

solana::Keypair load_relay_keypair();

} // namespace relay::test
