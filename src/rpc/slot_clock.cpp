#include "relay/rpc/slot_clock.hpp"

#include "relay/solana/units.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace relay::rpc {

namespace {

/// Measured over so long: backends of one address that are forty slots apart then matter little.
constexpr std::chrono::seconds kWindow{120};
constexpr std::chrono::seconds kLeastSpan{2};
/// Slots by which no honest node falls back.
constexpr std::uint64_t kNeverBack = 1'000;

} // namespace

void SlotClock::saw(solana::Slot slot, Clock::time_point now) {
    if (!sightings_.empty() && slot <= sightings_.back().slot) {
        if (slot.value + kNeverBack < sightings_.back().slot.value) {
            sightings_.clear(); // what led was not true
        }
        return;
    }
    if (!sightings_.empty() && now - sightings_.back().at > kWindow) {
        sightings_.clear(); // a chain that stood still says nothing of its pace
    }
    sightings_.push_back({slot, now});
    while (now - sightings_.front().at > kWindow) {
        sightings_.pop_front();
    }
    const auto span = now - sightings_.front().at;
    if (span < kLeastSpan) {
        return;
    }
    const auto slots = slot.value - sightings_.front().slot.value;
    const auto each = std::chrono::duration_cast<std::chrono::milliseconds>(span) /
                      static_cast<std::chrono::milliseconds::rep>(slots);
    slot_time_ = std::clamp(each, kShortest, kLongest);
}

} // namespace relay::rpc
