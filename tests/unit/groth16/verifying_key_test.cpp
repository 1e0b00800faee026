#include "relay/groth16/verifying_key.hpp"

#include "g2.hpp"
#include "points.hpp"
#include "relay/base/encoding.hpp"
#include "support/base/vectors.hpp"
#include "support/groth16/elements.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::groth16 {
namespace {

using testing::HasSubstr;

const test::json& published() {
    return relay::test::load_vectors("sp1_groth16.json");
}

std::string published_hex() {
    return published().at("verifying_key_gnark_hex").get<std::string>();
}

std::string as_text(const base::Bytes& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

test::json published_json() {
    test::json key = published().at("verifying_key");
    key["selector"] = published().at("selector_hex");
    return key;
}

std::string fault_of(std::string_view file) {
    const auto key = VerifyingKey::parse(file);
    return key ? "none" : key.error().message;
}

TEST(VerifyingKey, AllFormsGiveOneKey) {
    const auto key = VerifyingKey::parse(as_text(relay::test::bytes_of_hex(published_hex())));
    ASSERT_TRUE(key) << key.error().message;
    EXPECT_EQ(base::encode_hex(key->selector()), published().at("selector_hex").get<std::string>());
    EXPECT_EQ(base::encode_hex(key->points().inputs[2]),
              published().at("verifying_key").at("ic").at(2).get<std::string>());
    test::json prefixed = published_json();
    prefixed["selector"] = "0x" + prefixed["selector"].get<std::string>();
    prefixed["program_vkey"] = "of no matter here";
    for (const std::string& form :
         {published_hex(), " \n0x" + published_hex() + "\r\n", published_json().dump(),
          "\n" + published_json().dump(2) + "\n", prefixed.dump()}) {
        EXPECT_EQ(VerifyingKey::parse(form).value(), *key) << form;
    }
}

/// What a byte of gnark's form at a place becomes, and what is said of it.
TEST(VerifyingKey, FaultsOfGnarksForm) {
    struct Case {
        std::size_t at;
        std::uint8_t flip;
        std::string_view fault;
    };
    const base::Bytes good = relay::test::bytes_of_hex(published_hex());
    constexpr std::size_t kBeta = 64;
    constexpr std::size_t kGammaG2 = 128;
    constexpr std::size_t kCount = 288;
    for (const auto& [at, flip, fault] :
         std::vector<Case>{{0, 0x40, "none"}, // the other y
                           {0, 0xc0, "neither"},
                           {32, 0x80, "beta of the prover is no compressed point of G1"},
                           {kBeta, 0xc0, "beta is no compressed point of G2's curve"},
                           {kGammaG2, 0x3f, "gamma is no compressed point of G2's curve"},
                           {kCount, 1, "3 input points"},
                           {kCount + 3, 1, "3 input points"},
                           {kCount + 4, 0x19, "input point 0 is no compressed point of G1"},
                           {good.size() - 1, 1, "commitments"}}) {
        base::Bytes spoilt = good;
        spoilt[at] ^= flip;
        EXPECT_THAT(fault_of(as_text(spoilt)), HasSubstr(fault)) << at;
    }
    EXPECT_THAT(fault_of(as_text(good).substr(0, 395)),
                HasSubstr("it has 395 bytes, and one has 396"));
    EXPECT_THAT(fault_of(published_hex() + "00"), HasSubstr("it has 397 bytes"));
}

TEST(VerifyingKey, FaultsOfJson) {
    test::Random random(7);
    const std::string outside = base::encode_hex(encode(test::random_twist_point(random)));
    const std::string infinity(2 * kG1Bytes, '0');
    for (const auto& [change, fault] : std::vector<std::pair<test::json, std::string_view>>{
             {{{"selector", "a4594c"}}, "needs \"selector\" of 4 bytes in hex"},
             {{{"selector", 7}}, "needs \"selector\" of 4 bytes in hex"},
             {{{"selector", nullptr}}, "needs \"selector\" of 4 bytes in hex"},
             {{{"alpha", "00"}}, "needs \"alpha\" of 64 bytes in hex"},
             {{{"alpha", infinity}}, "\"alpha\" no point of its curve, or infinity"},
             {{{"beta", outside}}, "\"beta\" that is on G2's curve but not in the group"},
             {{{"delta", std::string(2 * kG2Bytes, 'f')}}, "\"delta\" no point"},
             {{{"ic", "none"}}, "\"ic\" of just 3 points"},
             {{{"ic", {infinity, infinity}}}, "\"ic\" of just 3 points"},
             {{{"ic", {infinity, infinity, infinity}}}, "\"ic\"[0] no point"}}) {
        test::json spoilt = published_json();
        spoilt.merge_patch(change);
        EXPECT_THAT(fault_of(spoilt.dump()), HasSubstr(fault)) << change;
    }
    EXPECT_THAT(fault_of("{"), HasSubstr("not valid JSON"));
    EXPECT_THAT(fault_of("{}"), HasSubstr("needs \"selector\""));
}

/// The chain's runtime looks away from a flag in y; a key has one spelling.
TEST(VerifyingKey, PointsOfJsonHaveNoFlags) {
    test::json key = published_json();
    auto alpha = relay::test::bytes_of_hex(key["alpha"].get<std::string>());
    alpha[32] |= 0x80;
    key["alpha"] = base::encode_hex(alpha);
    EXPECT_THAT(fault_of(key.dump()), HasSubstr("\"alpha\" no point of its curve"));
}

TEST(VerifyingKey, WhatIsNoKeyAtAll) {
    EXPECT_EQ(fault_of(""), "is empty");
    EXPECT_EQ(fault_of(" \n"), "is empty");
    EXPECT_THAT(fault_of("selector = 1"), HasSubstr("neither gnark's bytes"));
    EXPECT_THAT(fault_of("[]"), HasSubstr("neither gnark's bytes"));
    EXPECT_THAT(fault_of("\xff"), HasSubstr("it has 1 bytes"));
}

} // namespace
} // namespace relay::groth16
