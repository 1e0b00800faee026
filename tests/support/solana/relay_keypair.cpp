#include "support/solana/relay_keypair.hpp"

#include "relay/solana/keypair.hpp"
#include "support/base/temporary_file.hpp"
#include "support/base/vectors.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace relay::test {

std::string relay_keypair_text() {
    return load_vectors("relay_keypair.json").at("keypair").dump();
}

solana::Keypair load_relay_keypair() {
    const TemporaryFile file(relay_keypair_text());
    return solana::Keypair::load(file.path()).value();
}

} // namespace relay::test
