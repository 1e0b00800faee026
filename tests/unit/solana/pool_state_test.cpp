#include "relay/solana/pool_state.hpp"

#include "relay/base/encoding.hpp"
#include "relay/solana/pubkey.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace relay::solana {
namespace {

constexpr std::size_t kRingBytes = 8 + 64 * 32;

Hash hash_of(std::uint8_t number) {
    Hash hash{};
    hash.fill(number);
    return hash;
}

base::Bytes ring_with(std::size_t place, const Hash& root) {
    base::Bytes data(kRingBytes);
    std::ranges::copy(root, data.begin() + static_cast<std::ptrdiff_t>(8 + 32 * place));
    return data;
}

base::Bytes shard_of(std::uint32_t count, std::size_t capacity) {
    base::Bytes data(4 + 32 * capacity);
    for (std::size_t index = 0; index < 4; ++index) {
        data[index] = static_cast<std::uint8_t>(count >> (8 * index));
    }
    for (std::size_t index = 0; index < capacity; ++index) { // beyond the count, too
        std::ranges::copy(hash_of(static_cast<std::uint8_t>(index + 1)),
                          data.begin() + static_cast<std::ptrdiff_t>(4 + 32 * index));
    }
    return data;
}

TEST(RootsRing, HoldsARootInAnyPlace) {
    for (const std::size_t place : {0U, 1U, 62U, 63U}) {
        const auto ring = RootsRing::read(ring_with(place, hash_of(7)));
        ASSERT_TRUE(ring.has_value());
        EXPECT_TRUE(ring->holds(hash_of(7))) << place;
        EXPECT_FALSE(ring->holds(hash_of(8)));
        EXPECT_EQ(ring->roots(), 1U);
    }
}

TEST(RootsRing, TellsHowManyRootsCameAfterOne) {
    auto data = ring_with(63, hash_of(7));
    std::ranges::copy(hash_of(8), data.begin() + 8); // the one after it: the places go round
    data[0] = 0;
    EXPECT_EQ(RootsRing::read(data)->newer_than(hash_of(8)), 0U);
    EXPECT_EQ(RootsRing::read(data)->newer_than(hash_of(7)), 1U);
    data[0] = 62;
    EXPECT_EQ(RootsRing::read(data)->newer_than(hash_of(7)), 63U);
    EXPECT_EQ(RootsRing::read(data)->newer_than(hash_of(8)), 62U);
    EXPECT_EQ(RootsRing::read(data)->newer_than(hash_of(9)), std::nullopt);
}

TEST(RootsRing, IsNotReadByItsParts) {
    auto data = ring_with(0, hash_of(7));
    data[8 + 32] = 7; // half a root's bytes, and where no root begins
    const auto ring = RootsRing::read(data);
    ASSERT_TRUE(ring.has_value());
    Hash shifted = hash_of(7);
    shifted[0] = 0;
    EXPECT_FALSE(ring->holds(shifted));
    EXPECT_EQ(ring->roots(), 2U);
}

TEST(RootsRing, AnotherLayoutIsNone) {
    EXPECT_FALSE(RootsRing::read({}));
    EXPECT_FALSE(RootsRing::read(base::Bytes(kRingBytes - 1)));
    EXPECT_FALSE(RootsRing::read(base::Bytes(kRingBytes + 1)));
    auto headless = ring_with(0, hash_of(7));
    headless[0] = 64;
    EXPECT_FALSE(RootsRing::read(headless));
    headless[0] = 63;
    EXPECT_TRUE(RootsRing::read(headless));
}

TEST(NullifierShard, HoldsWhatItCounts) {
    const auto shard = NullifierShard::read(shard_of(3, 5));
    ASSERT_TRUE(shard.has_value());
    EXPECT_EQ(shard->used(), 3U);
    EXPECT_EQ(shard->capacity(), 5U);
    EXPECT_TRUE(shard->holds(hash_of(1)));
    EXPECT_TRUE(shard->holds(hash_of(3)));
    EXPECT_FALSE(shard->holds(hash_of(4))); // what stands behind the last is not spent
}

TEST(NullifierShard, MayBeEmptyOrFull) {
    EXPECT_EQ(NullifierShard::read(shard_of(0, 0))->capacity(), 0U);
    EXPECT_FALSE(NullifierShard::read(shard_of(0, 2))->holds(hash_of(1)));
    EXPECT_TRUE(NullifierShard::read(shard_of(2, 2))->holds(hash_of(2)));
}

TEST(NullifierShard, ACountThatTheDataCannotHoldIsNone) {
    EXPECT_FALSE(NullifierShard::read({}));
    EXPECT_FALSE(NullifierShard::read(base::Bytes(3)));
    EXPECT_FALSE(NullifierShard::read(shard_of(3, 2)));
    EXPECT_FALSE(NullifierShard::read(shard_of(0xffff'ffff, 2)));
    auto cut = shard_of(2, 2);
    cut.pop_back();
    EXPECT_FALSE(NullifierShard::read(cut));
}

} // namespace
} // namespace relay::solana
