// Points as bytes, odd ones as the chain's runtime reads them (the localnet's test compares).

#include "points.hpp"

#include "fp.hpp"
#include "fp2.hpp"
#include "g1.hpp"
#include "g2.hpp"
#include "limbs.hpp"
#include "relay/groth16/verifying_key.hpp"
#include "support/groth16/elements.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace relay::groth16 {
namespace {

constexpr std::size_t kG1Y = 32;
constexpr std::size_t kG2Y = 64;

template <std::size_t kSize>
void add_modulus(std::array<std::uint8_t, kSize>& bytes, std::size_t at) {
    const auto word = std::span(bytes).subspan(at).template first<32>();
    write_big_endian(add(read_big_endian(word), kFieldModulus), word);
}

TEST(Points, AreWrittenAsTheyAreRead) {
    const G1Bytes g1 = encode(kG1Generator);
    EXPECT_EQ(g1[31], 1);
    EXPECT_EQ(g1[63], 2);
    EXPECT_EQ(decode_g1(g1), kG1Generator);
    EXPECT_EQ(decode_g1(encode(-kG1Generator)), -kG1Generator);
    EXPECT_EQ(decode_g2(encode(test::g2_generator())), test::g2_generator());
    EXPECT_EQ(encode(infinity<Fp>()), G1Bytes{});
    EXPECT_EQ(decode_g1(G1Bytes{}), infinity<Fp>());
    EXPECT_EQ(decode_g2(G2Bytes{}), infinity<Fp2>());
}

TEST(Points, OutOfRangeOrOffTheCurveAreNone) {
    for (const std::size_t at : {std::size_t{0}, kG1Y}) {
        G1Bytes great = encode(kG1Generator);
        add_modulus(great, at);
        EXPECT_FALSE(decode_g1(great)) << at;
        G1Bytes off = encode(kG1Generator);
        off[at + 31] ^= 4;
        EXPECT_FALSE(decode_g1(off)) << at;
    }
    for (std::size_t at = 0; at < kG2Bytes; at += 32) {
        G2Bytes great = encode(test::g2_generator());
        add_modulus(great, at);
        EXPECT_FALSE(decode_g2(great)) << at;
        G2Bytes off = encode(test::g2_generator());
        off[at + 31] ^= 4;
        EXPECT_FALSE(decode_g2(off)) << at;
    }
}

TEST(Points, FlagsOfArkworksInY) {
    G1Bytes g1 = encode(kG1Generator);
    g1[kG1Y] ^= 0x80;
    EXPECT_EQ(decode_g1(g1), kG1Generator); // the sign of y, which is looked at where there is no y
    g1[kG1Y] ^= 0xc0;
    EXPECT_EQ(decode_g1(g1), infinity<Fp>());
    g1[kG1Y] ^= 0x80;
    EXPECT_FALSE(decode_g1(g1));
    g1 = encode(kG1Generator);
    g1[0] ^= 0x80;
    EXPECT_FALSE(decode_g1(g1)); // x has no flags

    G2Bytes g2 = encode(test::g2_generator());
    g2[kG2Y] ^= 0x80;
    EXPECT_EQ(decode_g2(g2), test::g2_generator());
    g2[kG2Y] ^= 0xc0;
    EXPECT_EQ(decode_g2(g2), infinity<Fp2>());
    g2[kG2Y] ^= 0x80;
    EXPECT_FALSE(decode_g2(g2));
    g2 = encode(test::g2_generator());
    g2[kG2Y + 32] ^= 0x80;
    EXPECT_FALSE(decode_g2(g2)); // the flags stand in the imaginary part alone
}

TEST(Points, GnarksCompressedForm) {
    std::array<std::uint8_t, kCompressedG1Bytes> one{};
    one.back() = 1;
    EXPECT_FALSE(decompress_g1(one)); // not compressed
    one.front() = 0x80;
    EXPECT_EQ(decompress_g1(one), kG1Generator);
    one.front() = 0xc0;
    EXPECT_EQ(decompress_g1(one), -kG1Generator);
    one.front() = 0x40;
    EXPECT_FALSE(decompress_g1(one)); // infinity
    one.front() = 0x80;
    one.back() = 4; // 67 is no square
    EXPECT_EQ(decompress_g1(one).has_value(), square_root(to_field(67)).has_value());
}

} // namespace
} // namespace relay::groth16
