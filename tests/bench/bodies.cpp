#include "bench/bodies.hpp"

#include "relay/base/encoding.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/units.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

namespace relay::bench {

namespace {

constexpr solana::Lamports kAmount{1'000'000'000};

template <std::size_t size>
std::array<std::uint8_t, size> random_bytes(std::mt19937_64& random) {
    std::array<std::uint8_t, size> bytes{};
    std::ranges::generate(bytes, [&] { return static_cast<std::uint8_t>(random()); });
    return bytes;
}

std::vector<solana::Output> make_outputs(std::size_t count, std::uint64_t sum,
                                         std::mt19937_64& random) {
    std::vector<solana::Output> outputs(count);
    for (auto& output : outputs) {
        output.recipient.bytes = random_bytes<32>(random);
        output.amount = solana::Lamports{sum / count};
    }
    outputs.back().amount.value += sum % count;
    return outputs;
}

Body make_body(std::size_t count, std::mt19937_64& random) {
    const auto fee = solana::FeeSchedule{}.fee(kAmount).value();
    const auto points = solana::fee_basis_points(fee, kAmount);
    const auto outputs = make_outputs(count, kAmount.value - fee.value, random);
    nlohmann::json listed = nlohmann::json::array();
    for (const auto& output : outputs) {
        listed.push_back(
            {{"recipient", output.recipient.to_string()}, {"amount", output.amount.value}});
    }
    Body body;
    body.nullifier = base::encode_hex(random_bytes<32>(random));
    const nlohmann::json document = {
        {"outputs", listed},
        {"policy", {{"fee_bps", points}}},
        {"public_inputs",
         {{"root", base::encode_hex(random_bytes<32>(random))},
          {"nf", body.nullifier},
          {"amount", kAmount.value},
          {"fee_bps", points},
          {"outputs_hash", base::encode_hex(solana::hash_outputs(outputs))}}},
        {"proof_bytes", base::encode_base64(random_bytes<solana::kProofBytes>(random))}};
    body.json = document.dump();
    return body;
}

} // namespace

std::vector<Body> make_bodies(std::size_t count, std::size_t outputs, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<Body> bodies;
    bodies.reserve(count);
    while (bodies.size() < count) {
        bodies.push_back(make_body(outputs, random));
    }
    return bodies;
}

} // namespace relay::bench
