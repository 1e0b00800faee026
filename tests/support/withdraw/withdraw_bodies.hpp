#pragma once
// Bodies of POST /withdraw for tests: good ones from the vectors, and the means to bend them.

#include "relay/withdraw/rules.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>

namespace relay::test {

/// The program and accounts of the vectors, the test relay as payer, the default fees.
withdraw::Rules vector_rules();

/// A good body; those of the vectors have 1, 2, 3, 4, 5, 1, 2, ... outputs.
nlohmann::json withdraw_body(std::size_t index = 0);

/// Sets public_inputs.outputs_hash to what the outputs hash to.
void rehash(nlohmann::json& body);

} // namespace relay::test
