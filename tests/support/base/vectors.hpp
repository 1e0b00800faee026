#pragma once
// The test vectors of tests/vectors, and the bytes written in them.

#include "relay/base/encoding.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string_view>

namespace relay::test {

/// Each file is read once and kept to the program's end, so that the reference may stand in a
/// range-for. Throws where the file is absent or not JSON.
const nlohmann::json& load_vectors(std::string_view file_name);

/// A text known to be good; throws where it is not.
base::Bytes bytes_of_hex(std::string_view hex);

} // namespace relay::test
