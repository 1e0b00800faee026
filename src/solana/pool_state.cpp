#include "relay/solana/pool_state.hpp"

#include "relay/base/encoding.hpp"
#include "relay/solana/pubkey.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace relay::solana {

namespace {

constexpr std::size_t kHashBytes = sizeof(Hash);
constexpr std::size_t kRoots = 64;
constexpr std::size_t kRingHeader = 8;
constexpr std::size_t kShardHeader = 4;

base::ByteView entry(base::ByteView entries, std::size_t index) {
    return entries.subspan(kHashBytes * index, kHashBytes);
}

bool is_among(base::ByteView entries, const Hash& sought) {
    for (std::size_t index = 0; index < entries.size() / kHashBytes; ++index) {
        if (std::ranges::equal(entry(entries, index), sought)) {
            return true;
        }
    }
    return false;
}

} // namespace

std::optional<RootsRing> RootsRing::read(base::Bytes data) {
    if (data.size() != kRingHeader + kHashBytes * kRoots || data[0] >= kRoots) {
        return std::nullopt;
    }
    return RootsRing(std::move(data));
}

bool RootsRing::holds(const Hash& root) const {
    return is_among(base::ByteView(data_).subspan(kRingHeader), root);
}

std::optional<std::size_t> RootsRing::newer_than(const Hash& root) const {
    const auto entries = base::ByteView(data_).subspan(kRingHeader);
    for (std::size_t newer = 0; newer < kRoots; ++newer) {
        if (std::ranges::equal(entry(entries, (data_[0] + kRoots - newer) % kRoots), root)) {
            return newer;
        }
    }
    return std::nullopt;
}

std::size_t RootsRing::roots() const {
    const auto entries = base::ByteView(data_).subspan(kRingHeader);
    std::size_t found = 0;
    for (std::size_t index = 0; index < kRoots; ++index) {
        found +=
            std::ranges::any_of(entry(entries, index), [](std::uint8_t byte) { return byte != 0; })
                ? 1
                : 0;
    }
    return found;
}

std::optional<NullifierShard> NullifierShard::read(base::Bytes data) {
    if (data.size() < kShardHeader) {
        return std::nullopt;
    }
    std::size_t count = 0;
    for (std::size_t index = kShardHeader; index-- > 0;) {
        count = count << 8 | data[index];
    }
    if (count > (data.size() - kShardHeader) / kHashBytes) {
        return std::nullopt;
    }
    return NullifierShard(std::move(data), count);
}

bool NullifierShard::holds(const Hash& nullifier) const {
    return is_among(base::ByteView(data_).subspan(kShardHeader, kHashBytes * used_), nullifier);
}

std::size_t NullifierShard::capacity() const {
    return (data_.size() - kShardHeader) / kHashBytes;
}

} // namespace relay::solana
