#include "relay/solana/pubkey.hpp"

#include "relay/base/encoding.hpp"
#include "relay/solana/signature.hpp"
#include "support/base/vectors.hpp"
#include "support/solana/keys.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay::solana {
namespace {

TEST(Pubkey, Vectors) {
    const nlohmann::json& vectors = test::load_vectors("base58.json");
    for (const nlohmann::json& known : vectors.at("pubkeys")) {
        const auto text = known.at("base58").get<std::string>();
        const auto address = Pubkey::parse(text);
        ASSERT_TRUE(address.has_value()) << text;
        EXPECT_EQ(base::encode_hex(address->bytes), known.at("hex").get<std::string>());
        EXPECT_EQ(address->to_string(), text);
    }
    // A slip in the list: 43 digits, but 32 bytes, and @solana/web3.js takes it.
    constexpr std::string_view kAPubkeyAfterAll = "zm8cVVo6mJtNG6R4FhuPBDF7NE49wurWktUNbTzkGk2";
    for (const nlohmann::json& bad : vectors.at("not_a_pubkey")) {
        const auto text = bad.get<std::string>();
        EXPECT_EQ(Pubkey::parse(text).has_value(), text == kAPubkeyAfterAll) << text;
    }
}

TEST(Pubkey, SystemProgramIsThirtyTwoOnes) {
    EXPECT_EQ(kSystemProgram.to_string(), std::string(32, '1'));
}

TEST(Pubkey, OnCurveVectors) {
    for (const nlohmann::json& known : test::load_vectors("program_addresses.json").at("curve")) {
        const auto hex = known.at("hex").get<std::string>();
        EXPECT_EQ(is_on_curve(Pubkey{test::hash_of_hex(hex)}), known.at("on_curve").get<bool>())
            << hex;
    }
}

TEST(ProgramAddress, Vectors) {
    for (const nlohmann::json& known : test::load_vectors("program_addresses.json").at("pdas")) {
        std::vector<base::Bytes> seeds;
        for (const nlohmann::json& seed : known.at("seeds_hex")) {
            seeds.push_back(test::bytes_of_hex(seed.get<std::string>()));
        }
        const std::vector<base::ByteView> views(seeds.begin(), seeds.end());
        const Pubkey program = test::address_of(known.at("program").get<std::string>());

        const auto found = find_program_address(views, program);

        ASSERT_TRUE(found.has_value());
        EXPECT_EQ(found->address.to_string(), known.at("address").get<std::string>());
        EXPECT_EQ(found->bump, known.at("bump").get<int>());
    }
}

TEST(ProgramAddress, BoundsTheSeeds) {
    const base::Bytes fits(32);
    const base::Bytes too_long(33);
    const std::vector<base::ByteView> most(15, fits);
    const std::vector<base::ByteView> too_many(16, fits);
    EXPECT_TRUE(find_program_address(most, kSystemProgram).has_value());
    EXPECT_FALSE(find_program_address(too_many, kSystemProgram).has_value());
    EXPECT_FALSE(
        find_program_address(std::vector<base::ByteView>{too_long}, kSystemProgram).has_value());
    EXPECT_TRUE(find_program_address({}, kSystemProgram).has_value());
}

TEST(ReservedAddress, ProgramsAndSysvars) {
    for (const std::string_view text : {
             "11111111111111111111111111111111",
             "AddressLookupTab1e1111111111111111111111111",
             "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL",
             "BPFLoaderUpgradeab1e11111111111111111111111",
             "ComputeBudget111111111111111111111111111111",
             "Config1111111111111111111111111111111111111",
             "Ed25519SigVerify111111111111111111111111111",
             "KeccakSecp256k11111111111111111111111111111",
             "NativeLoader1111111111111111111111111111111",
             "Secp256r1SigVerify1111111111111111111111111",
             "Stake11111111111111111111111111111111111111",
             "Sysvar1111111111111111111111111111111111111",
             "Sysvar1nstructions1111111111111111111111111",
             "SysvarC1ock11111111111111111111111111111111",
             "SysvarRecentB1ockHashes11111111111111111111",
             "SysvarRent111111111111111111111111111111111",
             "SysvarS1otHashes111111111111111111111111111",
             "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
             "Vote111111111111111111111111111111111111111",
         }) {
        EXPECT_TRUE(is_reserved_address(test::address_of(text))) << text;
    }
}

TEST(ReservedAddress, WalletsAreNot) {
    for (const nlohmann::json& known :
         test::load_vectors("withdraw_requests.json").at("requests")) {
        for (const nlohmann::json& output : known.at("body").at("outputs")) {
            EXPECT_FALSE(
                is_reserved_address(test::address_of(output.at("recipient").get<std::string>())));
        }
    }
}

TEST(Signature, RoundTripsAndRefusesOtherLengths) {
    Signature signature;
    for (std::size_t i = 0; i < signature.bytes.size(); ++i) {
        signature.bytes[i] = static_cast<std::uint8_t>(i * 5 + 1);
    }
    EXPECT_EQ(Signature::parse(signature.to_string()), signature);
    EXPECT_EQ(Signature{}.to_string(), std::string(64, '1'));
    EXPECT_EQ(Signature::parse(std::string(63, '1')), std::nullopt);
    EXPECT_EQ(Signature::parse(std::string(65, '1')), std::nullopt);
    EXPECT_EQ(Signature::parse(kSystemProgram.to_string()), std::nullopt);
    EXPECT_EQ(Signature::parse(""), std::nullopt);
}

} // namespace
} // namespace relay::solana
