#include "relay/withdraw/sp1_bundle.hpp"

#include "relay/base/encoding.hpp"
#include "support/base/vectors.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace relay::withdraw {
namespace {

/// Where the parts of the published bundle begin.
constexpr std::size_t kFirstLength = 4;
constexpr std::size_t kHexLength = 4 + 8 + 75 + 8 + 77;
constexpr std::size_t kHex = kHexLength + 8;
constexpr std::size_t kRawLength = kHex + 512;

base::Bytes bundle() {
    const auto& known = test::load_vectors("sp1_groth16.json").at("bundles").at(0);
    return base::decode_base64(known.at("base64").get<std::string>()).value();
}

std::string refusal(const base::Bytes& bytes) {
    const auto proof = read_sp1_bundle(bytes);
    return proof ? "" : proof.error().message;
}

void put_length(base::Bytes& bytes, std::size_t at, std::uint64_t length) {
    for (std::size_t place = 0; place < 8; ++place) {
        bytes[at + place] = static_cast<std::uint8_t>(length >> (8 * place));
    }
}

TEST(Sp1Bundle, Vectors) {
    for (const auto& known : test::load_vectors("sp1_groth16.json").at("bundles")) {
        auto bytes = base::decode_base64(known.at("base64").get<std::string>()).value();
        const auto proof = read_sp1_bundle(bytes);
        ASSERT_TRUE(proof.has_value()) << proof.error().message;
        EXPECT_EQ(base::encode_hex(*proof), known.at("proof_hex").get<std::string>());
        bytes.insert(bytes.end(), 1'000, 0xff);
        EXPECT_EQ(read_sp1_bundle(bytes).value(), *proof); // what follows is not looked at
    }
}

TEST(Sp1Bundle, RefusesOneThatIsCutShort) {
    const auto whole = bundle();
    const auto raw = static_cast<std::size_t>(whole[kRawLength]) + 256U * whole[kRawLength + 1];
    const auto needed = kRawLength + 8 + raw + 32;
    for (std::size_t size = 0; size < needed; ++size) {
        const auto part = base::Bytes(whole.begin(), whole.begin() + static_cast<long>(size));
        EXPECT_NE(refusal(part), "") << size;
    }
    EXPECT_EQ(refusal(base::Bytes(whole.begin(), whole.begin() + static_cast<long>(needed))), "");
}

TEST(Sp1Bundle, RefusesOtherVariants) {
    for (const std::uint8_t variant : {0, 1, 2, 4, 255}) {
        auto bytes = bundle();
        bytes[0] = variant;
        EXPECT_NE(refusal(bytes).find("Groth16"), std::string::npos);
    }
    auto bytes = bundle();
    bytes[3] = 1;
    EXPECT_NE(refusal(bytes).find("Groth16"), std::string::npos);
}

TEST(Sp1Bundle, RefusesLengthsBeyondTheEnd) {
    for (const std::size_t at : {kFirstLength, kHexLength, kRawLength}) {
        for (const std::uint64_t length :
             {std::uint64_t{bundle().size()}, std::uint64_t{1} << 32, std::uint64_t{1} << 63,
              ~std::uint64_t{0}, ~std::uint64_t{0} - 7}) {
            auto bytes = bundle();
            put_length(bytes, at, length);
            EXPECT_NE(refusal(bytes), "") << at << " " << length;
        }
    }
}

TEST(Sp1Bundle, RefusesAProofThatIsNotHex) {
    auto bytes = bundle();
    bytes[kHex + 7] = 'g';
    EXPECT_NE(refusal(bytes).find("512"), std::string::npos);
    for (const int change : {-2, -1, 1, 2}) {
        bytes = bundle();
        put_length(bytes, kHexLength, static_cast<std::uint64_t>(512 + change));
        EXPECT_NE(refusal(bytes).find("512"), std::string::npos);
    }
    bytes = bundle();
    put_length(bytes, kHexLength, 0);
    EXPECT_NE(refusal(bytes), "");
}

} // namespace
} // namespace relay::withdraw
