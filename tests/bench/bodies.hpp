#pragma once
// Bodies of POST /withdraw for load: valid in all that a relay checks without the chain, each with
// a nullifier and recipients of its own. Their proofs are random bytes, which no program would
// take.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace relay::bench {

struct Body {
    std::string nullifier; // 64 hex digits
    std::string json;
};

/// The same seed makes the same bodies. REQUIRES: 1 to 5 outputs.
std::vector<Body> make_bodies(std::size_t count, std::size_t outputs, std::uint64_t seed);

} // namespace relay::bench
