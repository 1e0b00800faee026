#pragma once
// A verifying key in JSON; include/relay/groth16/verifying_key.hpp has its members.

#include "relay/base/error.hpp"
#include "relay/groth16/verifying_key.hpp"

#include <string_view>

namespace relay::groth16 {

struct JsonKey {
    Selector selector{};
    VerifyingKey::Points points;
};

base::Result<JsonKey> read_json_key(std::string_view text);

} // namespace relay::groth16
