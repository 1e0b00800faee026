#pragma once
// What one node's numbers are worth, and what they prove. Pure: time is an argument.
//
// Facts that hold on every cluster, whatever a node says:
//   - finalized blocks are one chain: of two readings, the one at the later slot has at least the
//     height of the other, and at most as many blocks more as there are slots between them;
//   - a block's height is never above its slot;
//   - a blockhash lives 150 blocks, so that the newest lastValidBlockHeight is 150 above the
//     height, give or take how far the nodes behind one address are apart;
//   - blocks take time: none is faster than kFastestBlock, and no honest node is ahead of that.
// A reading that breaks one of them is not believed. Source: agave's runtime (block height, recent
// blockhashes); docs/reliability.md, "Whose numbers are believed".

#include "relay/rpc/node_rpc.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/rpc/slot_clock.hpp"
#include "relay/solana/units.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace relay::rpc {

inline constexpr std::uint64_t kBlockhashLife = 150;
/// Blocks by which nodes behind one address may be apart.
inline constexpr std::uint64_t kApart = 150;
/// A transaction can still land in the block after its last valid one; it has expired when that
/// block, too, is final.
inline constexpr std::uint64_t kExpiryMargin = 2;
/// Slots for which a node knows statuses without its history.
inline constexpr std::uint64_t kRecentSlots = 300;
/// Slots until a block is final on TowerBFT.
inline constexpr std::uint64_t kTowerDepth = 32;
/// No expiry is believed before its blocks can have been made at this pace.
inline constexpr std::chrono::milliseconds kLeastBlockTime{100};
inline constexpr std::chrono::milliseconds kLeastLife =
    kLeastBlockTime * static_cast<int>(kBlockhashLife + kExpiryMargin);
/// With slots as long as a slot clock believes in.
inline constexpr std::chrono::milliseconds kLongestLife =
    SlotClock::kLongest * static_cast<int>(kBlockhashLife + kExpiryMargin);

/// Why two readings of one chain cannot both be true; none where they can.
std::optional<std::string> contradiction(const EpochInfo& one, const EpochInfo& other);

/// Why the newest blockhash and the height cannot be of one chain, asked so long apart.
std::optional<std::string> contradiction(const EpochInfo& reading,
                                         solana::BlockHeight last_valid_block_height,
                                         std::chrono::milliseconds apart);

/// One node's readings of the finalized chain: what it once read stays true, and is good for every
/// later question.
class NodeClock {
  public:
    using Clock = std::chrono::steady_clock;

    /// Believes the reading, asked for at `now`, or says why it cannot be. Where nothing but
    /// readings that agree with each other were doubted for kLongestLife, what was believed before
    /// is given up for them: it was that which was wrong, and whatever was signed by it is dead by
    /// now either way.
    std::optional<std::string> read(const EpochInfo& reading, Clock::time_point now);

    /// The furthest one, and when it was read.
    const std::optional<EpochInfo>& newest() const { return newest_; }
    Clock::time_point read_at() const { return read_at_; }

    /// What the height can be by now, at most, on a chain that makes a block in kLeastBlockTime.
    std::optional<solana::BlockHeight> highest_by(Clock::time_point now) const;

    /// The first known at which a transaction so dated has expired.
    std::optional<EpochInfo> first_past(solana::BlockHeight last_valid_block_height) const;
    /// The last known at or below the height.
    std::optional<EpochInfo> last_below(solana::BlockHeight height) const;

    /// After this many doubtful readings in a row a node is left alone.
    static constexpr int kMostDoubts = 3;
    int doubts() const { return doubts_; }

  private:
    std::optional<std::string> doubt_of(const EpochInfo& reading, Clock::time_point now) const;
    void keep(const EpochInfo& reading);

    std::deque<EpochInfo> kept_;
    std::optional<EpochInfo> newest_;
    Clock::time_point read_at_{};
    int doubts_ = 0;
    std::optional<EpochInfo> doubted_;
    Clock::time_point doubted_since_{};
};

/// What one node's answer says of one question.
enum class Witness {
    /// Proven absent, for ever.
    Absent,
    /// Not yet: it may be, once the node has come further or more time has passed.
    NotYet,
    /// This node can never tell, since it has forgotten.
    CannotTell,
};

struct Testimony {
    /// The slot that the answer, in which the signature was absent, is good for.
    solana::Slot slot;
    bool searched_history = true;
    Consensus consensus = Consensus::Unknown;
};
Witness weigh(const Question& question, const NodeClock& clock, const Testimony& testimony);

} // namespace relay::rpc
