// Proofs and keys of whatever bytes. The first byte says which: a key in any of its forms, or a
// proof of the published key, spoilt where the bytes say, or made of them altogether.

#include "relay/base/encoding.hpp"
#include "relay/groth16/verifier.hpp"
#include "relay/groth16/verifying_key.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

namespace {

using namespace relay; // NOLINT(google-build-using-namespace): a program of its own

constexpr std::size_t kCaseBytes = groth16::kProofBytes + 2 * groth16::kInputBytes;
using Case = std::array<std::uint8_t, kCaseBytes>;

// SP1's key of v5.0.0 and a proof that was published with it, as in tests/vectors/sp1_groth16.json.
constexpr std::string_view kKey =
    "ad4d9aa7e302d9df41749d5507949d05dbea33fbb16c643b22f599a2be6df2e2e1a1575c2e494d3613e95e43b622"
    "318d9225c820e46acd08e8c987b44051195bc967032fcbf776d1afc985f88877f182d38480a653f2decaa9794cbc"
    "3bf3060c0e187847ad4c798374d0d6732bf501847dd68bc0e071241e0213bc7fc13db7ab998e9393920d483a7260"
    "bfb731fb5d25f1aa493335a9e71297e485b7aef312c21800deef121f1e76426a00665e5c4479674322d4f75edadd"
    "46debd5cd992f6edd8e5739a73d657e832a336791977332a4b96e5bbfdcb9903afe487db9aa6cb5ddcc7cb8de715"
    "675f21f01ecc9b46d236e0865e0cc020024521998269845f74e603ff41f4ba0c37fe2caf27354d28e4b8f83d3b76"
    "777a63b327d736bffb0122ed00000003a6091e1cafb0ad8a4ea0a694cd3743ebf524779233db734c451d28b58aa9"
    "758e861c3fd0fd3da25d2607c227d090cca750ed36c6ec878755e537c1c48951fb4c84eab241388a79817fe0e0e2"
    "ead0b2ec4ffdec51a16028dee020634fd129e71c0000000000000000";
constexpr std::string_view kCase =
    "a4594c59012613ecd9ba32029948ab04ee8abb6b81a4e97dede5f19c1ba546b0074d9e530261a871d6e9c9b1cbf2"
    "918f0e9f0b4fa93e1cf94333d84bb058d5bbc3258533227d9889cd8f1928cad50c62655044e1421d905f4849a1ef"
    "461855f790350cd30793ea07b9943a3920159d739c2781585cb502cb5724a63011a6a81ebdc666701d1ec72ed71a"
    "d1fb2c2b4754d84579e61bb91542137268326b2d79bf694f15c823fdd7a8573273f9985d6e84e4b30ff6fa6337f4"
    "2a8d48daa278e68f9497cac218bc82804fc75e3289fc8a7871921b97b558d9bb552bdc92dc04b19091cd4ba01c6f"
    "25cd1782570bfa91b7e88ee2a3e6992d7ae337cb2334d5dcc4ee5531401800bb9e57314d7ee4f65a4b9fb46fbeae"
    "0495f2015c5a8a737333680ce6bb424e1719e997592568e7c1a368bd782b52a0476304e84a0e8b0bb6279594e777"
    "e3ce";

groth16::Verdict verdict_on(const groth16::Verifier& verifier, const Case& bytes) {
    const auto inputs = std::span(bytes).subspan<groth16::kProofBytes>();
    return verifier.verify(std::span(bytes).first<groth16::kProofBytes>(),
                           inputs.first<groth16::kInputBytes>(),
                           inputs.last<groth16::kInputBytes>());
}

/// What is read is read again from what it says.
void try_key(std::string_view file) {
    const auto key = groth16::VerifyingKey::parse(file);
    if (!key) {
        if (key.error().message.empty()) {
            std::abort();
        }
        return;
    }
    if (!(*key == groth16::VerifyingKey::parse(file).value())) {
        std::abort();
    }
}

/// Nobody without the trapdoor proves another statement.
void try_proof(std::span<const std::uint8_t> bytes, bool is_spoiling) {
    static const auto kVerifier = groth16::Verifier(groth16::VerifyingKey::parse(kKey).value());
    static const auto kGood = [] {
        Case good{};
        base::decode_hex(kCase, good);
        return good;
    }();
    Case tried = kGood;
    for (std::size_t i = 0; i < std::min(bytes.size(), tried.size() - groth16::kSelectorBytes);
         ++i) {
        auto& byte = tried[groth16::kSelectorBytes + i];
        byte = is_spoiling ? byte ^ bytes[i] : bytes[i];
    }
    const auto verdict = verdict_on(kVerifier, tried);
    if (tried == kGood && verdict != groth16::Verdict::Valid) {
        std::abort();
    }
    // A valid proof can be spelt and blinded otherwise, but never of other inputs.
    const auto differs = !std::ranges::equal(std::span(tried).last<2 * groth16::kInputBytes>(),
                                             std::span(kGood).last<2 * groth16::kInputBytes>());
    if (verdict == groth16::Verdict::Valid && differs) {
        std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::span rest(data + 1, size - 1);
    if (data[0] % 3 == 0) {
        try_key({reinterpret_cast<const char*>(rest.data()), rest.size()});
    } else {
        try_proof(rest, data[0] % 3 == 1);
    }
    return 0;
}
