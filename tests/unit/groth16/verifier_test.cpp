#include "relay/groth16/verifier.hpp"

#include "relay/base/encoding.hpp"
#include "relay/groth16/verifying_key.hpp"
#include "support/base/vectors.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace relay::groth16 {
namespace {

using nlohmann::json;

const Verifier& published_verifier() {
    static const auto kBytes = test::bytes_of_hex(
        test::load_vectors("sp1_groth16.json").at("verifying_key_gnark_hex").get<std::string>());
    static const Verifier kVerifier(
        VerifyingKey::parse({reinterpret_cast<const char*>(kBytes.data()), kBytes.size()}).value());
    return kVerifier;
}

base::Bytes bytes_of(const json& known, const char* member) {
    return test::bytes_of_hex(known.at(member).get<std::string>());
}

TEST(Groth16Verifier, TakesThePublishedProofAndNoSpoiltOne) {
    std::size_t valid = 0;
    for (const json& known : test::load_vectors("sp1_groth16.json").at("cases")) {
        const auto proof = bytes_of(known, "proof_hex");
        const auto program = bytes_of(known, "program_vkey_hex");
        const auto digest = bytes_of(known, "digest_hex");
        const auto verdict =
            published_verifier().verify(ProofView(proof), InputView(program), InputView(digest));
        EXPECT_EQ(verdict == Verdict::Valid, known.at("valid").get<bool>()) << known.at("what");
        valid += verdict == Verdict::Valid ? 1 : 0;
    }
    EXPECT_EQ(valid, 1U);
}

} // namespace
} // namespace relay::groth16
