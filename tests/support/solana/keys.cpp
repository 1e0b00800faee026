#include "support/solana/keys.hpp"

#include "relay/base/encoding.hpp"
#include "relay/solana/pubkey.hpp"
#include "support/base/vectors.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>

namespace relay::test {

solana::Hash hash_of_hex(std::string_view hex) {
    const base::Bytes bytes = bytes_of_hex(hex);
    solana::Hash hash{};
    if (bytes.size() != hash.size()) {
        throw std::invalid_argument("a test's hash is not 32 bytes");
    }
    std::ranges::copy(bytes, hash.begin());
    return hash;
}

solana::Pubkey address_of(std::string_view base58) {
    return solana::Pubkey::parse(base58).value();
}

} // namespace relay::test
