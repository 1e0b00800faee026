#include "relay/rpc/evidence.hpp"

#include "relay/rpc/node_rpc.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/units.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

namespace relay::rpc {

namespace {

/// How fast a chain could run, to bound what a node may be ahead of: far above any plan, so that a
/// test's quick chain is believed, and far below what a slot taken for a height would need.
constexpr std::chrono::milliseconds kFastestBlock{5};
constexpr std::size_t kMostKept = 512;

std::string text(const EpochInfo& reading) {
    return "height " + std::to_string(reading.height.value) + " at slot " +
           std::to_string(reading.slot.value);
}

} // namespace

std::optional<std::string> contradiction(const EpochInfo& one, const EpochInfo& other) {
    const auto& [early, late] =
        one.slot <= other.slot ? std::pair(one, other) : std::pair(other, one);
    const auto slots = late.slot.value - early.slot.value;
    if (late.height < early.height || late.height.value - early.height.value > slots) {
        return text(early) + " and " + text(late) + " cannot be of one chain";
    }
    return std::nullopt;
}

std::optional<std::string> contradiction(const EpochInfo& reading,
                                         solana::BlockHeight last_valid_block_height,
                                         std::chrono::milliseconds apart) {
    const auto height = reading.height.value;
    const auto moved = static_cast<std::uint64_t>(apart / kFastestBlock);
    if (last_valid_block_height.value < height ||
        last_valid_block_height.value > height + kBlockhashLife + kApart + moved) {
        return "lastValidBlockHeight " + std::to_string(last_valid_block_height.value) +
               " cannot be the newest at block height " + std::to_string(height);
    }
    return std::nullopt;
}

std::optional<std::string> NodeClock::doubt_of(const EpochInfo& reading,
                                               Clock::time_point now) const {
    if (reading.height.value > reading.slot.value) {
        return "its block height " + std::to_string(reading.height.value) + " is above its slot " +
               std::to_string(reading.slot.value);
    }
    if (!newest_) {
        return std::nullopt;
    }
    if (auto reason = contradiction(*newest_, reading)) {
        return reason;
    }
    const auto possible = static_cast<std::uint64_t>((now - read_at_) / kFastestBlock) + kApart;
    if (reading.slot.value > newest_->slot.value + possible) {
        return "its slot went from " + std::to_string(newest_->slot.value) + " to " +
               std::to_string(reading.slot.value) + " in no time";
    }
    return std::nullopt;
}

std::optional<std::string> NodeClock::read(const EpochInfo& reading, Clock::time_point now) {
    auto doubt = doubt_of(reading, now);
    if (doubt) {
        ++doubts_;
        if (!doubted_ || contradiction(*doubted_, reading) ||
            reading.height.value > reading.slot.value) {
            doubted_since_ = now;
        }
        doubted_ = reading;
        if (now - doubted_since_ < kLongestLife) {
            return doubt;
        }
        *this = NodeClock();
        return read(reading, now);
    }
    doubts_ = 0;
    doubted_.reset();
    if (!newest_ || reading.slot > newest_->slot) {
        newest_ = reading;
        read_at_ = now;
    } else if (reading == *newest_) {
        read_at_ = now;
    }
    keep(reading);
    return std::nullopt;
}

/// In the order of their heights; one a height, the earliest slot.
void NodeClock::keep(const EpochInfo& reading) {
    const auto at = std::ranges::lower_bound(kept_, reading.height, {}, &EpochInfo::height);
    if (at != kept_.end() && at->height == reading.height) {
        at->slot = std::min(at->slot, reading.slot);
        return;
    }
    kept_.insert(at, reading);
    if (kept_.size() > kMostKept) { // the older half is kept more loosely
        std::deque<EpochInfo> thinned;
        for (std::size_t index = 0; index < kept_.size(); ++index) {
            if (index >= kMostKept / 2 || index % 2 == 0) {
                thinned.push_back(kept_[index]);
            }
        }
        kept_ = std::move(thinned);
    }
}

std::optional<solana::BlockHeight> NodeClock::highest_by(Clock::time_point now) const {
    if (!newest_) {
        return std::nullopt;
    }
    const auto since = static_cast<std::uint64_t>((now - read_at_) / kLeastBlockTime) + 1;
    return solana::BlockHeight{newest_->height.value + since};
}

std::optional<EpochInfo> NodeClock::first_past(solana::BlockHeight last_valid_block_height) const {
    const solana::BlockHeight past{last_valid_block_height.value + kExpiryMargin};
    const auto found = std::ranges::lower_bound(kept_, past, {}, &EpochInfo::height);
    return found == kept_.end() ? std::nullopt : std::optional(*found);
}

std::optional<EpochInfo> NodeClock::last_below(solana::BlockHeight height) const {
    const auto above = std::ranges::upper_bound(kept_, height, {}, &EpochInfo::height);
    return above == kept_.begin() ? std::nullopt : std::optional(*std::prev(above));
}

Witness weigh(const Question& question, const NodeClock& clock, const Testimony& testimony) {
    const auto past = clock.first_past(question.last_valid_block_height);
    if (!past || question.age < kLeastLife) {
        return Witness::NotYet;
    }
    const auto depth = testimony.consensus == Consensus::Alpenglow ? 0 : kTowerDepth;
    if (testimony.slot.value < past->slot.value + depth) {
        return Witness::NotYet;
    }
    if (testimony.searched_history) {
        return Witness::Absent;
    }
    // It could have landed from its blockhash's block on: all of that must be remembered.
    const auto life = std::min(question.last_valid_block_height.value, kBlockhashLife);
    const auto read = clock.last_below({question.last_valid_block_height.value - life});
    const auto born = question.blockhash_slot ? question.blockhash_slot
                      : read                  ? std::optional(read->slot)
                                              : std::nullopt;
    const bool remembers = born && testimony.slot.value <= born->value + kRecentSlots;
    return remembers ? Witness::Absent : Witness::CannotTell;
}

} // namespace relay::rpc
