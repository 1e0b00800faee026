#include "final_exponentiation.hpp"
#include "fp.hpp"
#include "fp12.hpp"
#include "fp2.hpp"
#include "g1.hpp"
#include "g2.hpp"
#include "jacobian.hpp"
#include "limbs.hpp"
#include "miller_loop.hpp"
#include "support/base/vectors.hpp"
#include "support/groth16/elements.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cstddef>

namespace relay::groth16 {
namespace {

using test::json;
using test::Random;

const json& vectors(const char* member) {
    return relay::test::load_vectors("bn254.json").at(member);
}

Fp12 pairing(const G1& p, const G2& q) {
    return final_exponentiation(miller_loop(p, q));
}

PreparedPair prepared(const G1& p, const PreparedLines& lines) {
    const Fp one_over_y = inverse(p.y);
    return {&lines, p.x * one_over_y, one_over_y};
}

TEST(Pairing, DigitsAddUpToTheLoopsLength) {
    Wide number = 0;
    for (std::size_t i = kLoop.count; i-- > 0;) {
        number = number * 2 + static_cast<Wide>(kLoop.digits[i]);
    }
    EXPECT_TRUE(number == Wide{6} * kBnParameter + 2);
}

TEST(Pairing, FinalExponentiationVectors) {
    for (const json& known : vectors("fp12")) {
        EXPECT_EQ(final_exponentiation(test::read_fp12(known.at("a"))),
                  test::read_fp12(known.at("final_exponentiation")));
    }
}

TEST(Pairing, Vectors) {
    for (const json& known : vectors("pairings")) {
        EXPECT_EQ(pairing(test::read_g1(known.at("p")), test::read_g2(known.at("q"))),
                  test::read_fp12(known.at("value")));
    }
}

TEST(Pairing, IsBilinear) {
    Random random(6);
    const G2 generator = test::g2_generator();
    const Fp12 base = pairing(kG1Generator, generator);
    EXPECT_NE(base, kOne<Fp12>);
    EXPECT_EQ(test::power(base, kGroupOrder), kOne<Fp12>);
    for (int i = 0; i < 12; ++i) {
        // Powers by great scalars take longest here: one pair of them will do.
        const Limbs a = i < 1 ? test::random_scalar(random) : Limbs{random()};
        const Limbs b = i < 1 ? test::random_scalar(random) : Limbs{random() >> 32};
        const Fp12 value = pairing(test::multiple(kG1Generator, a), test::multiple(generator, b));
        EXPECT_EQ(value, test::power(test::power(base, a), b));
    }
}

TEST(Pairing, OfInfinityIsOne) {
    const G2 generator = test::g2_generator();
    EXPECT_EQ(pairing(infinity<Fp>(), generator), kOne<Fp12>);
    EXPECT_EQ(pairing(kG1Generator, infinity<Fp2>()), kOne<Fp12>);
    EXPECT_EQ(pairing(infinity<Fp>(), infinity<Fp2>()), kOne<Fp12>);
}

TEST(Pairing, PreparedLinesComeToTheSame) {
    const json& first = vectors("pairings").at(0);
    const json& second = vectors("pairings").at(1);
    const json& third = vectors("pairings").at(2);
    const G1 p = test::read_g1(first.at("p"));
    const PreparedLines second_lines = prepare_lines(test::read_g2(second.at("q")));
    const PreparedLines third_lines = prepare_lines(test::read_g2(third.at("q")));
    const std::array<PreparedPair, 2> pairs = {
        prepared(test::read_g1(second.at("p")), second_lines),
        prepared(test::read_g1(third.at("p")), third_lines)};
    const Fp12 others = test::read_fp12(second.at("value")) * test::read_fp12(third.at("value"));
    EXPECT_EQ(final_exponentiation(miller_loop(p, test::read_g2(first.at("q")), pairs)),
              test::read_fp12(first.at("value")) * others);
    EXPECT_EQ(final_exponentiation(miller_loop(infinity<Fp>(), test::g2_generator(), pairs)),
              others);
    EXPECT_EQ(final_exponentiation(miller_loop(p, infinity<Fp2>(), pairs)), others);
}

} // namespace
} // namespace relay::groth16
