#pragma once
// Hashes and addresses written in vectors and tests; both throw where the text is not one.

#include "relay/solana/pubkey.hpp"

#include <string_view>

namespace relay::test {

solana::Hash hash_of_hex(std::string_view hex);
solana::Pubkey address_of(std::string_view base58);

} // namespace relay::test
