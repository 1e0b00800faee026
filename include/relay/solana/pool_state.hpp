#pragma once
// What the accounts of a shield pool say: the roots that a proof may be by, and the nullifiers that
// are spent. Readers of the accounts' data, which keep it; a layout that is not the one known gives
// nothing. Pure. Source: docs/protocol.md, "The program".

#include "relay/base/encoding.hpp"
#include "relay/solana/pubkey.hpp"

#include <cstddef>
#include <optional>
#include <utility>

namespace relay::solana {

/// [head: u8][7 bytes][64 x root: 32]; a new root takes the place of the oldest.
class RootsRing {
  public:
    static std::optional<RootsRing> read(base::Bytes data);

    bool holds(const Hash& root) const;
    /// How many roots have come after it, or after its last place where it has several; none where
    /// it is not there. After 64 it leaves the ring.
    std::optional<std::size_t> newer_than(const Hash& root) const;
    /// Places that hold a root: the others are zero.
    std::size_t roots() const;

  private:
    explicit RootsRing(base::Bytes data) : data_(std::move(data)) {}

    base::Bytes data_;
};

/// [count: u32 LE][count x nullifier: 32], and room for more of them.
class NullifierShard {
  public:
    static std::optional<NullifierShard> read(base::Bytes data);

    /// Looks at each: some microseconds for what the origin's program has room for.
    bool holds(const Hash& nullifier) const;
    std::size_t used() const { return used_; }
    std::size_t capacity() const;

  private:
    NullifierShard(base::Bytes data, std::size_t used) : data_(std::move(data)), used_(used) {}

    base::Bytes data_;
    std::size_t used_;
};

} // namespace relay::solana
