#include "proof_settings.hpp"

#include "relay/app/settings.hpp"
#include "relay/base/encoding.hpp"
#include "relay/base/error.hpp"
#include "relay/groth16/statement.hpp"
#include "relay/groth16/verifying_key.hpp"
#include "relay/jobs/proof_gate.hpp"
#include "setting_values.hpp"
#include "text_file.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace relay::app {

namespace {

// Nothing of the file is told: it may be another than was meant.
base::Result<void> assign_proof_key(Draft& draft, const std::string& text) {
    if (text.empty()) {
        return {};
    }
    const auto file = read_text_file(text);
    if (!file) {
        return base::fail(
            "must be the path of a file that relayd can read: the circuit's "
            "verifying key");
    }
    const auto key = groth16::VerifyingKey::parse(*file);
    if (!key) {
        return base::fail("names a file that holds no verifying key: " + key.error().message);
    }
    draft.settings.proof_key = *key;
    return {};
}

base::Result<void> assign_program_vkey(Draft& draft, const std::string& text) {
    if (text.empty()) {
        return {};
    }
    const std::string_view digits = text;
    std::array<std::uint8_t, 32> vkey{};
    const bool is_hex =
        base::decode_hex(digits.starts_with("0x") ? digits.substr(2) : digits, vkey);
    if (!is_hex || !groth16::is_input(vkey)) {
        return base::fail(
            "must be the circuit's program vkey as SP1 prints it: 64 hex digits, 0x "
            "before them or not, and below the order of BN254's group");
    }
    draft.settings.program_vkey = vkey;
    return {};
}

} // namespace

std::vector<Setting> proof_settings() {
    using Mode = jobs::ProofGate::Mode;
    return {
        {{"proof-check", "off", "proofs of posted withdraws: off, observe or enforce"},
         choice<Mode>({{"off", Mode::Off}, {"observe", Mode::Observe}, {"enforce", Mode::Enforce}},
                      [](Draft& draft) -> auto& { return draft.settings.engine.proofs.mode; })},
        {{"proof-key", "", "path of the circuit's verifying key: SP1's groth16_vk.bin, or JSON"},
         assign_proof_key},
        {{"proof-program-vkey", "", "SP1's vkey of the circuit's program, in hex"},
         assign_program_vkey},
        {{"proof-threads", "2", "threads that check proofs"},
         number<std::size_t>(
             1, 64,
             [](Draft& draft) -> auto& { return draft.settings.engine.proofs.checks.threads; })},
        {{"proof-failures", "120",
          "bad proofs a minute from one client address, then it gets 429; 0 is no limit"},
         number<std::uint32_t>(0, 1'000'000,
                               [](Draft& draft) -> auto& {
                                   return draft.settings.engine.proofs.checks.failures_a_minute;
                               })},
    };
}

} // namespace relay::app
