#include "relay/groth16/statement.hpp"

#include "limbs.hpp"
#include "relay/base/encoding.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

namespace relay::groth16 {
namespace {

TEST(Statement, IsItsHashWithTheTopBitsCleared) {
    // By `head -c 104 /dev/zero | sha256sum`, which begins with 39.
    const auto input = input_of(std::array<std::uint8_t, kStatementBytes>{});
    EXPECT_EQ(base::encode_hex(input),
              "19f37f8d1931b3bdf767e7510dd69509fbf23af1f7654933d0a4d291cbdd4418");
    EXPECT_TRUE(is_input(input));
}

TEST(Statement, InputsAreBelowTheOrder) {
    std::array<std::uint8_t, kInputBytes> bytes{};
    EXPECT_TRUE(is_input(bytes));
    write_big_endian(kGroupOrder, bytes);
    EXPECT_FALSE(is_input(bytes));
    bytes.back() = 0; // the order ends in 01
    EXPECT_TRUE(is_input(bytes));
    bytes.fill(0xff);
    EXPECT_FALSE(is_input(bytes));
}

} // namespace
} // namespace relay::groth16
