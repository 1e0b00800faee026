#include "relay/groth16/verifier.hpp"

#include "fp.hpp"
#include "fp2.hpp"
#include "g1.hpp"
#include "g2.hpp"
#include "jacobian.hpp"
#include "limbs.hpp"
#include "points.hpp"
#include "relay/base/encoding.hpp"
#include "relay/groth16/verifying_key.hpp"
#include "support/base/vectors.hpp"
#include "support/groth16/elements.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace relay::groth16 {
namespace {

base::Bytes bytes_of(const test::json& known, const char* member) {
    return relay::test::bytes_of_hex(known.at(member).get<std::string>());
}

TEST(Verifier, TakesThePublishedProofAndNoSpoiltOne) {
    const auto& published = relay::test::load_vectors("sp1_groth16.json");
    Verifier made(
        VerifyingKey::parse(published.at("verifying_key_gnark_hex").get<std::string>()).value());
    const Verifier verifier = std::move(made);
    std::size_t valid = 0;
    for (const test::json& known : published.at("cases")) {
        const auto proof = bytes_of(known, "proof_hex");
        const auto program = bytes_of(known, "program_vkey_hex");
        const auto digest = bytes_of(known, "digest_hex");
        const auto verdict =
            verifier.verify(ProofView(proof), InputView(program), InputView(digest));
        EXPECT_EQ(verdict == Verdict::Valid, known.at("valid").get<bool>()) << known.at("what");
        valid += verdict == Verdict::Valid ? 1 : 0;
    }
    EXPECT_EQ(valid, 1U);
}

using Proof = std::array<std::uint8_t, kProofBytes>;
using Input = std::array<std::uint8_t, kInputBytes>;

constexpr std::size_t kA = kSelectorBytes;
constexpr std::size_t kB = kA + kG1Bytes;
constexpr std::size_t kC = kB + kG2Bytes;

G1 g1(int scalar) {
    const G1 point =
        test::multiple(kG1Generator, Limbs{static_cast<std::uint64_t>(std::abs(scalar))});
    return scalar < 0 ? -point : point;
}

G2 g2(int scalar) {
    return test::multiple(test::g2_generator(), Limbs{static_cast<std::uint64_t>(scalar)});
}

Input input(std::uint8_t value) {
    Input bytes{};
    bytes.back() = value;
    return bytes;
}

/// A key whose trapdoor is small numbers, so that proofs are made by solving for C:
///   a b = alpha beta + (ic0 + first ic1 + second ic2) gamma + c delta
///       =    2 * 3   + ( 7 - 7 first + 13 second)  * 1    + 5 c
const Verifier& toy_verifier() {
    static const Verifier kVerifier = [] {
        const auto hex = [](const auto& point) { return base::encode_hex(encode(point)); };
        const test::json key = {
            {"selector", "01020304"}, {"alpha", hex(g1(2))},
            {"beta", hex(g2(3))},     {"gamma", hex(g2(1))},
            {"delta", hex(g2(5))},    {"ic", {hex(g1(7)), hex(g1(-7)), hex(g1(13))}}};
        return Verifier(VerifyingKey::parse(key.dump()).value());
    }();
    return kVerifier;
}

Proof toy_proof(int a, int b, int c) {
    Proof proof = {1, 2, 3, 4};
    std::ranges::copy(encode(g1(a)), proof.begin() + kA);
    if (a == 0) {
        // The program takes y from p: infinity is what becomes zero by that.
        write_big_endian(kFieldModulus, std::span(proof).subspan<kA + 32, 32>());
    }
    std::ranges::copy(encode(g2(b)), proof.begin() + kB);
    std::ranges::copy(encode(g1(c)), proof.begin() + kC);
    return proof;
}

Verdict verdict_on(const Proof& proof, std::uint8_t first = 0, std::uint8_t second = 1) {
    return toy_verifier().verify(proof, input(first), input(second));
}

TEST(Verifier, TakesProofsByTheEquation) {
    EXPECT_EQ(verdict_on(toy_proof(1, 1, -5)), Verdict::Valid); // 1 = 6 + 20 - 25
    EXPECT_EQ(verdict_on(toy_proof(6, 6, 2)), Verdict::Valid);
    EXPECT_EQ(verdict_on(toy_proof(6, 6, 3)), Verdict::Invalid);
    EXPECT_EQ(verdict_on(toy_proof(6, 7, 2)), Verdict::Invalid);
    EXPECT_EQ(verdict_on(toy_proof(-6, 6, 2)), Verdict::Invalid);
    EXPECT_EQ(verdict_on(toy_proof(6, 6, 2), 1, 1), Verdict::Invalid);
    EXPECT_EQ(verdict_on(toy_proof(6, 6, 2), 0, 2), Verdict::Invalid);
    EXPECT_EQ(verdict_on(toy_proof(6, 8, 2), 2, 3), Verdict::Valid); // 48 = 6 + 32 + 10
}

TEST(Verifier, InfinityIsAPoint) {
    EXPECT_EQ(verdict_on(toy_proof(2, 13, 0)), Verdict::Valid);
    EXPECT_EQ(verdict_on(toy_proof(2, 3, 0), 1, 0), Verdict::Valid); // the inputs' sum is infinity
    EXPECT_EQ(verdict_on(toy_proof(1, 1, -1), 1, 0), Verdict::Valid);
    // 0 = 6 + 7 - 7 * 1 + 13 * 3 - 5 * 9
    EXPECT_EQ(verdict_on(toy_proof(0, 1, -9), 1, 3), Verdict::Valid);
    EXPECT_EQ(verdict_on(toy_proof(1, 0, -9), 1, 3), Verdict::Valid);
    EXPECT_EQ(verdict_on(toy_proof(0, 0, -9), 1, 3), Verdict::Valid);
    Proof zeros = toy_proof(0, 1, -9);
    std::fill_n(zeros.begin() + kA, kG1Bytes, std::uint8_t{0});
    EXPECT_EQ(verdict_on(zeros, 1, 3), Verdict::Malformed);
}

TEST(Verifier, SaysWhatIsWrong) {
    test::Random random(8);
    const Proof good = toy_proof(6, 6, 2);
    const auto spoilt = [&](std::size_t at, std::uint8_t flip) {
        Proof proof = good;
        proof[at] ^= flip;
        return verdict_on(proof);
    };
    EXPECT_EQ(spoilt(0, 1), Verdict::OtherKey);
    EXPECT_EQ(spoilt(kSelectorBytes - 1, 1), Verdict::OtherKey);
    for (const std::size_t at : {kA, kA + 63, kB, kB + 127, kC, kC + 63}) {
        EXPECT_EQ(spoilt(at, 1), Verdict::Malformed) << at;
    }
    Proof outside = good;
    std::ranges::copy(encode(test::random_twist_point(random)), outside.begin() + kB);
    EXPECT_EQ(verdict_on(outside), Verdict::Malformed);

    Input order{};
    write_big_endian(kGroupOrder, order);
    EXPECT_EQ(toy_verifier().verify(good, order, input(1)), Verdict::Malformed);
    EXPECT_EQ(toy_verifier().verify(good, input(0), order), Verdict::Malformed);
    // One more than the order is not another name for one.
    order.back() += 1;
    EXPECT_EQ(toy_verifier().verify(good, input(0), order), Verdict::Malformed);
    EXPECT_EQ(toy_verifier().verify(good, input(0), input(1)), Verdict::Valid);
}

TEST(Verifier, ReadsFlagsAsTheChainDoes) {
    Proof proof = toy_proof(6, 6, 2);
    proof[kC + 32] |= 0x80;
    EXPECT_EQ(verdict_on(proof), Verdict::Valid);
    proof[kC + 32] |= 0xc0;
    EXPECT_EQ(verdict_on(proof), Verdict::Malformed);
    proof = toy_proof(2, 13, 2);
    proof[kC + 32] |= 0x40; // infinity, whatever the rest says
    EXPECT_EQ(verdict_on(proof), Verdict::Valid);
}

TEST(Verdict, HasWords) {
    EXPECT_EQ(to_string(Verdict::Valid), "valid");
    EXPECT_EQ(to_string(Verdict::OtherKey), "other_key");
    EXPECT_EQ(to_string(Verdict::Malformed), "malformed");
    EXPECT_EQ(to_string(Verdict::Invalid), "invalid");
}

} // namespace
} // namespace relay::groth16
