// The fields, held to @noble/curves' and to themselves.

#include "fp.hpp"
#include "fp12.hpp"
#include "fp2.hpp"
#include "fp6.hpp"
#include "frobenius.hpp"
#include "limbs.hpp"
#include "support/base/vectors.hpp"
#include "support/groth16/elements.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>

namespace relay::groth16 {
namespace {

using test::json;
using test::Random;

const json& vectors(const char* member) {
    return relay::test::load_vectors("bn254.json").at(member);
}

TEST(Fp, Vectors) {
    for (const json& known : vectors("fp")) {
        const Fp a = test::read_fp(known.at("a"));
        const Fp b = test::read_fp(known.at("b"));
        EXPECT_EQ(a + b, test::read_fp(known.at("sum"))) << known;
        EXPECT_EQ(a - b, test::read_fp(known.at("difference"))) << known;
        EXPECT_EQ(a * b, test::read_fp(known.at("product"))) << known;
        EXPECT_EQ(halved(a), test::read_fp(known.at("half"))) << known;
        EXPECT_EQ(inverse(a), test::read_fp(known.at("inverse"))) << known;
        EXPECT_EQ(-(-a), a) << known;
        EXPECT_EQ(to_number(a), test::read_limbs(known.at("a"))) << known;
        const json& root = known.at("square_root");
        const auto found = square_root(a);
        ASSERT_EQ(found.has_value(), !root.is_null()) << known;
        if (found) {
            EXPECT_EQ(square(*found), a) << known;
        }
    }
}

TEST(Fp, SumOfProductsTakesUnreducedFactors) {
    // The greatest that it promises to take: 2p - 2 twice at the left, p - 1 at the right.
    const Fp most = -kOne<Fp>;
    const Fp twice = unreduced_sum(most, most);
    const Fp expected = most * most + most * most;
    EXPECT_EQ(sum_of_products<1>({&twice}, {&most}), expected);
    EXPECT_EQ(sum_of_products<2>({&twice, &twice}, {&most, &most}), expected + expected);
    EXPECT_EQ(unreduced_negative(Fp{}) * most, Fp{});
}

TEST(Fp, NineTimesPlus) {
    const Fp p = unreduced_negative(Fp{});
    for (const json& known : vectors("fp")) {
        const Fp a = test::read_fp(known.at("a"));
        const Fp b = test::read_fp(known.at("b"));
        const Fp nine = to_field(9) * a;
        EXPECT_EQ(nine_times_plus(a, b), nine + b);
        EXPECT_EQ(nine_times_plus(a, p), nine);
        for (std::uint64_t i = 0; i < 10; ++i) { // about multiples of p
            const Fp near = inverse(to_field(9)) * to_field(i) - b;
            EXPECT_EQ(nine_times_plus(near, b), to_field(9) * near + b);
            EXPECT_EQ(nine_times_plus(Fp{to_number(near)}, b),
                      to_field(9) * Fp{to_number(near)} + b);
        }
    }
}

TEST(Fp, TheGreaterHalf) {
    EXPECT_FALSE(is_greater_half(Fp{}));
    EXPECT_FALSE(is_greater_half(kOne<Fp>));
    EXPECT_TRUE(is_greater_half(-kOne<Fp>));
    EXPECT_TRUE(is_greater_half(halved(kOne<Fp>))); // (p + 1) / 2
    EXPECT_FALSE(is_greater_half(-halved(kOne<Fp>)));
}

TEST(Fp2, Vectors) {
    for (const json& known : vectors("fp2")) {
        const Fp2 a = test::read_fp2(known.at("a"));
        const Fp2 b = test::read_fp2(known.at("b"));
        EXPECT_EQ(a * b, test::read_fp2(known.at("product")));
        EXPECT_EQ(square(a), test::read_fp2(known.at("square")));
        EXPECT_EQ(inverse(a), test::read_fp2(known.at("inverse")));
        EXPECT_EQ(times_xi(a), test::read_fp2(known.at("times_xi")));
    }
}

TEST(Fp2, SquareRoots) {
    Random random(1);
    for (int i = 0; i < 10; ++i) {
        const Fp2 a = test::random_fp2(random);
        const Fp2 real = {a.c0, {}};
        const Fp2 imaginary = {{}, a.c1};
        for (const Fp2& root : {a, real, imaginary}) {
            const Fp2 number = square(root);
            const auto found = square_root(number);
            ASSERT_TRUE(found);
            EXPECT_EQ(square(*found), number);
            EXPECT_FALSE(square_root(number * kXi)); // xi is no square
        }
    }
    EXPECT_EQ(square_root(Fp2{}), Fp2{});
}

TEST(Fp12, Vectors) {
    for (const json& known : vectors("fp12")) {
        const Fp12 a = test::read_fp12(known.at("a"));
        const Fp12 b = test::read_fp12(known.at("b"));
        EXPECT_EQ(a * b, test::read_fp12(known.at("product")));
        EXPECT_EQ(square(a), test::read_fp12(known.at("square")));
        EXPECT_EQ(inverse(a), test::read_fp12(known.at("inverse")));
        EXPECT_EQ(frobenius(a), test::read_fp12(known.at("frobenius")));
    }
}

TEST(Fp12, LinesAreSparse) {
    Random random(2);
    const Fp12 a = test::read_fp12(vectors("fp12").at(0).at("a"));
    const Fp2 l0 = test::random_fp2(random);
    const Fp2 l1 = test::random_fp2(random);
    const Fp2 l3 = test::random_fp2(random);
    EXPECT_EQ(times_line(a, l0, l1, l3), a * Fp12({l0, {}, {}}, {l1, l3, {}}));
    EXPECT_EQ(times_line(a, l1, l3), a * Fp12({kOne<Fp2>, {}, {}}, {l1, l3, {}}));
}

TEST(Fp12, CyclotomicSquare) {
    const Fp12 a = test::read_fp12(vectors("fp12").at(0).at("a"));
    const Fp12 unitary = conjugate(a) * inverse(a);
    const Fp12 cyclotomic = frobenius(frobenius(unitary)) * unitary;
    EXPECT_EQ(cyclotomic_square(cyclotomic), square(cyclotomic));
    EXPECT_EQ(cyclotomic * conjugate(cyclotomic), kOne<Fp12>);
    EXPECT_NE(cyclotomic_square(a), square(a));
}

} // namespace
} // namespace relay::groth16
