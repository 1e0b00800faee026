// One chunk of BLAKE3, which is also the root of its tree.
// Source: the BLAKE3 paper, sections 2.1 to 2.6.
//
//   chunk   = up to 16 blocks of 64 bytes, the last filled up with zeros; no input is one empty
//   block cv      = IV, then cv = compress(cv, block, block length, flags) for each block in turn
//   flags   = ChunkStart on the first block; ChunkEnd and Root on the last
//   hash    = the last cv, eight words little-endian

#include "relay/base/blake3.hpp"

#include "relay/base/encoding.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>

namespace relay::base {
namespace {

using Words = std::array<std::uint32_t, 16>;
using ChainingValue = std::array<std::uint32_t, 8>;

constexpr std::size_t kBlockBytes = 64;
constexpr int kRounds = 7;
constexpr std::uint32_t kChunkStart = 1;
constexpr std::uint32_t kChunkEnd = 2;
constexpr std::uint32_t kRoot = 8;

constexpr ChainingValue kInitialValue = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
constexpr std::array<std::size_t, 16> kPermutation = {2, 6,  3,  10, 7, 0,  4,  13,
                                                      1, 11, 12, 5,  9, 14, 15, 8};

/// The quarter round: mixes two message words into four words of the state.
void mix(Words& state, std::size_t a, std::size_t b, std::size_t c, std::size_t d, std::uint32_t x,
         std::uint32_t y) {
    state[a] += state[b] + x;
    state[d] = std::rotr(state[d] ^ state[a], 16);
    state[c] += state[d];
    state[b] = std::rotr(state[b] ^ state[c], 12);
    state[a] += state[b] + y;
    state[d] = std::rotr(state[d] ^ state[a], 8);
    state[c] += state[d];
    state[b] = std::rotr(state[b] ^ state[c], 7);
}

void mix_columns_and_diagonals(Words& state, const Words& message) {
    mix(state, 0, 4, 8, 12, message[0], message[1]);
    mix(state, 1, 5, 9, 13, message[2], message[3]);
    mix(state, 2, 6, 10, 14, message[4], message[5]);
    mix(state, 3, 7, 11, 15, message[6], message[7]);

    mix(state, 0, 5, 10, 15, message[8], message[9]);
    mix(state, 1, 6, 11, 12, message[10], message[11]);
    mix(state, 2, 7, 8, 13, message[12], message[13]);
    mix(state, 3, 4, 9, 14, message[14], message[15]);
}

Words permute(const Words& message) {
    Words permuted{};
    for (std::size_t i = 0; i < permuted.size(); ++i) {
        permuted[i] = message[kPermutation[i]];
    }
    return permuted;
}

/// At most one block, filled up with zeros.
Words load_block(ByteView bytes) {
    Words words{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        words[i / 4] |= std::uint32_t{bytes[i]} << (8 * (i % 4));
    }
    return words;
}

ChainingValue compress(const ChainingValue& value, ByteView block, std::uint32_t flags) {
    // Words 12 and 13 are the chunk's number, which is zero for the only chunk.
    Words state{};
    std::ranges::copy(value, state.begin());
    std::copy_n(kInitialValue.begin(), 4, state.begin() + 8);
    state[14] = static_cast<std::uint32_t>(block.size());
    state[15] = flags;

    Words message = load_block(block);
    for (int round = 0; round < kRounds; ++round) {
        mix_columns_and_diagonals(state, message);
        message = permute(message);
    }

    ChainingValue next{};
    for (std::size_t i = 0; i < next.size(); ++i) {
        next[i] = state[i] ^ state[i + 8];
    }
    return next;
}

} // namespace

std::array<std::uint8_t, 32> blake3(ByteView input) {
    assert(input.size() <= kBlake3ChunkBytes);
    ChainingValue value = kInitialValue;
    std::uint32_t start = kChunkStart;
    while (input.size() > kBlockBytes) {
        value = compress(value, input.first(kBlockBytes), start);
        input = input.subspan(kBlockBytes);
        start = 0;
    }
    value = compress(value, input, start | kChunkEnd | kRoot);

    std::array<std::uint8_t, 32> hash{};
    for (std::size_t i = 0; i < hash.size(); ++i) {
        hash[i] = static_cast<std::uint8_t>(value[i / 4] >> (8 * (i % 4)));
    }
    return hash;
}

} // namespace relay::base
