// The groups: points of @noble/curves, the group's law, and who is in it.

#include "fp.hpp"
#include "fp2.hpp"
#include "g1.hpp"
#include "g2.hpp"
#include "input_sum.hpp"
#include "jacobian.hpp"
#include "limbs.hpp"
#include "relay/groth16/verifier.hpp"
#include "support/base/vectors.hpp"
#include "support/groth16/elements.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace relay::groth16 {
namespace {

using test::json;
using test::Random;

const json& vectors(const char* member) {
    return relay::test::load_vectors("bn254.json").at(member);
}

TEST(G1, Vectors) {
    for (const json& known : vectors("g1")) {
        EXPECT_EQ(test::multiple(kG1Generator, test::read_limbs(known.at("scalar"))),
                  test::read_g1(known.at("point")));
    }
}

TEST(G2, Vectors) {
    for (const json& known : vectors("g2")) {
        EXPECT_EQ(test::multiple(test::g2_generator(), test::read_limbs(known.at("scalar"))),
                  test::read_g2(known.at("point")));
    }
}

/// Every pair of a few multiples: equal ones, each other's negatives and infinity among them.
TEST(Jacobian, AddsWhatMultiplesAddUpTo) {
    const auto times = [](std::uint64_t scalar) {
        auto point = multiply(to_jacobian(kG1Generator), Limbs{scalar});
        const Fp scale = to_field(scalar + 2); // the same point over another denominator
        point = {point.x * square(scale), point.y * (square(scale) * scale), point.z * scale};
        return point;
    };
    for (std::uint64_t a = 0; a < 5; ++a) {
        for (std::uint64_t b = 0; b < 5; ++b) {
            EXPECT_EQ(to_affine(times(a) + times(b)), to_affine(times(a + b))) << a << " + " << b;
            EXPECT_EQ(to_affine(times(a + b) + -times(b)), to_affine(times(a))) << a << ", " << b;
            EXPECT_EQ(to_affine(times(a) + to_affine(times(b))), to_affine(times(a + b)));
            EXPECT_EQ(to_affine(times(a) + -to_affine(times(b))), to_affine(times(a) + -times(b)));
        }
    }
}

TEST(Jacobian, ManyAtOnce) {
    std::array<Jacobian<Fp>, 3> points{};
    for (std::size_t i = 0; i < points.size(); ++i) {
        points[i] = multiply(to_jacobian(kG1Generator), Limbs{i + 2});
    }
    const auto affine = to_affine(points);
    for (std::size_t i = 0; i < points.size(); ++i) {
        EXPECT_EQ(affine[i], to_affine(points[i])) << i;
    }
}

TEST(Groups, HaveTheirOrder) {
    EXPECT_TRUE(test::multiple(kG1Generator, kGroupOrder).is_infinity);
    EXPECT_TRUE(test::multiple(test::g2_generator(), kGroupOrder).is_infinity);
}

bool is_of_order_r(const G2& point) {
    return test::multiple(point, kGroupOrder).is_infinity;
}

TEST(Subgroup, IsToldAsByMultiplication) {
    Random random(3);
    EXPECT_TRUE(is_in_subgroup(infinity<Fp2>()));
    for (const json& known : vectors("g2")) {
        EXPECT_TRUE(is_in_subgroup(test::read_g2(known.at("point"))));
    }
    for (const json& known : vectors("outside_the_group")) {
        EXPECT_FALSE(is_in_subgroup(test::read_g2(known)));
    }
    for (int i = 0; i < 10; ++i) {
        const G2 point = test::random_twist_point(random);
        ASSERT_TRUE(is_on_curve(point));
        EXPECT_EQ(is_in_subgroup(point), is_of_order_r(point));
    }
}

/// The twist has r (2p - r) points, and 2p - r is 10069 * 5864401 * 1875725156269 * more: of those
/// orders there are points, alone and added to ones of the group.
TEST(Subgroup, HasNoneOfASmallOrder) {
    Random random(4);
    Carry borrow = 0;
    const Limbs cofactor = subtract(add(kFieldModulus, kFieldModulus), kGroupOrder, borrow);
    for (const std::uint64_t order : {10069ULL, 5864401ULL, 1875725156269ULL}) {
        Limbs rest{}; // the cofactor without that divisor
        Wide remainder = 0;
        for (int i = 3; i >= 0; --i) {
            const Wide digit = remainder << 64 | cofactor[i];
            rest[i] = static_cast<std::uint64_t>(digit / order);
            remainder = digit % order;
        }
        ASSERT_EQ(static_cast<std::uint64_t>(remainder), 0U);
        const G2 any = test::random_twist_point(random);
        const G2 small = test::multiple(test::multiple(any, kGroupOrder), rest);
        ASSERT_FALSE(small.is_infinity);
        ASSERT_TRUE(test::multiple(small, Limbs{order}).is_infinity);
        EXPECT_FALSE(is_in_subgroup(small));
        const auto sum = to_jacobian(small) + to_jacobian(test::g2_generator());
        EXPECT_FALSE(is_in_subgroup(to_affine(sum)));
    }
}

/// psi is multiplication by p in the group: by 6u^2 modulo r.
TEST(Subgroup, PsiIsMultiplicationByTheFieldsSize) {
    Carry borrow = 0;
    const Limbs p_modulo_r = subtract(kFieldModulus, kGroupOrder, borrow);
    EXPECT_EQ(psi(test::g2_generator()), test::multiple(test::g2_generator(), p_modulo_r));
}

TEST(InputSum, IsWhatItSays) {
    Random random(5);
    const std::array<G1, 3> points = {test::multiple(kG1Generator, Limbs{5}),
                                      test::multiple(kG1Generator, Limbs{7}),
                                      test::multiple(kG1Generator, Limbs{11})};
    const InputSum sum(points);
    const auto expect = [&](const Limbs& first, const Limbs& second) {
        std::array<std::uint8_t, 32> a{};
        std::array<std::uint8_t, 32> b{};
        write_big_endian(first, a);
        write_big_endian(second, b);
        const auto expected = to_jacobian(points[0]) + multiply(to_jacobian(points[1]), first) +
                              multiply(to_jacobian(points[2]), second);
        EXPECT_EQ(to_affine(sum.of(a, b)), to_affine(expected));
    };
    expect({}, {});
    expect({1}, {15});
    Carry borrow = 0;
    const Limbs minus_one = subtract(kGroupOrder, {1}, borrow);
    expect(minus_one, minus_one);
    expect(subtract(kGroupOrder, {4}, borrow), {1});
    for (int i = 0; i < 5; ++i) {
        expect(test::random_scalar(random), test::random_scalar(random));
    }
    // Infinity, at the end and on the way.
    const InputSum cancelling({points[0], points[0], points[0]});
    std::array<std::uint8_t, 32> bytes{};
    write_big_endian(minus_one, bytes);
    EXPECT_TRUE(is_zero(cancelling.of(bytes, std::array<std::uint8_t, 32>{}).z));
    std::array<std::uint8_t, 32> one{};
    one.back() = 1;
    EXPECT_EQ(to_affine(cancelling.of(bytes, one)), points[0]);
}

} // namespace
} // namespace relay::groth16
