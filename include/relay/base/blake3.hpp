#pragma once
// BLAKE3-256 of at most one chunk (1024 bytes), which is all the shield pool hashes (200 bytes).
// Source: the BLAKE3 paper, section 2; checked against the BLAKE3 team's official vectors.

#include "relay/base/encoding.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace relay::base {

inline constexpr std::size_t kBlake3ChunkBytes = 1024;

/// REQUIRES: input.size() <= kBlake3ChunkBytes.
std::array<std::uint8_t, 32> blake3(ByteView input);

} // namespace relay::base
