// Reads proofs, one a line: 260 bytes of proof and twice 32 of inputs, in hex. Writes for each the
// verdict of the relay's verifier with the key in the file that the argument names.

#include "relay/base/encoding.hpp"
#include "relay/groth16/verifier.hpp"
#include "relay/groth16/verifying_key.hpp"

#include <array>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <span>
#include <string>

int main(int count, char** arguments) {
    using namespace relay; // NOLINT(google-build-using-namespace): a program of its own
    if (count != 2) {
        std::cerr << "proof_verdicts KEY_FILE\n";
        return 2;
    }
    std::ifstream file(arguments[1], std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto key = groth16::VerifyingKey::parse(text);
    if (!key) {
        std::cerr << arguments[1] << " " << key.error().message << '\n';
        return 1;
    }
    const groth16::Verifier verifier(*key);
    std::array<std::uint8_t, groth16::kProofBytes + 2 * groth16::kInputBytes> bytes{};
    for (std::string line; std::getline(std::cin, line);) {
        if (!base::decode_hex(line, bytes)) {
            std::cerr << "a line is not hex of " << bytes.size() << " bytes\n";
            return 1;
        }
        const auto inputs = std::span(bytes).subspan<groth16::kProofBytes>();
        const auto verdict = verifier.verify(std::span(bytes).first<groth16::kProofBytes>(),
                                             inputs.first<groth16::kInputBytes>(),
                                             inputs.last<groth16::kInputBytes>());
        std::cout << groth16::to_string(verdict) << '\n';
    }
    return 0;
}
