#include "relay/groth16/statement.hpp"

#include "limbs.hpp"
#include "relay/groth16/verifier.hpp"

#include <sodium.h>

#include <array>
#include <cstdint>
#include <span>

namespace relay::groth16 {

std::array<std::uint8_t, kInputBytes> input_of(
    std::span<const std::uint8_t, kStatementBytes> statement) {
    std::array<std::uint8_t, kInputBytes> digest{};
    crypto_hash_sha256(digest.data(), statement.data(), statement.size());
    digest[0] &= 0x1f;
    return digest;
}

bool is_input(InputView bytes) {
    return is_below(read_big_endian(bytes), kGroupOrder);
}

} // namespace relay::groth16
