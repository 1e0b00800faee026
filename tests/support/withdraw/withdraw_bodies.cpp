#include "support/withdraw/withdraw_bodies.hpp"

#include "relay/base/encoding.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/withdraw/rules.hpp"
#include "support/base/vectors.hpp"
#include "support/solana/keys.hpp"
#include "support/solana/samples.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace relay::test {

withdraw::Rules vector_rules() {
    const nlohmann::json& keypair = load_vectors("relay_keypair.json");
    return {.plan = vector_plan(),
            .payer = address_of(keypair.at("address").get<std::string>()),
            .fees = {}};
}

nlohmann::json withdraw_body(std::size_t index) {
    return load_vectors("withdraw_requests.json").at("requests").at(index).at("body");
}

void rehash(nlohmann::json& body) {
    std::vector<solana::Output> outputs;
    for (const nlohmann::json& output : body.at("outputs")) {
        outputs.push_back({.recipient = address_of(output.at("recipient").get<std::string>()),
                           .amount = {output.at("amount").get<std::uint64_t>()}});
    }
    body["public_inputs"]["outputs_hash"] = base::encode_hex(solana::hash_outputs(outputs));
}

} // namespace relay::test
