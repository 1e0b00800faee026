#pragma once
// How long a slot takes, measured from what nodes report and bounded by what can be: all waiting
// for the chain is counted in slots, since clusters change their length (400 ms, then 200 ms).
// Pure: time is an argument.
//
//   SlotClock clock;
//   clock.saw({1'000}, now);
//   clock.saw({1'050}, now + 10s);   // slot_time() is 200 ms from now on

#include "relay/solana/units.hpp"

#include <chrono>
#include <deque>

namespace relay::rpc {

class SlotClock {
  public:
    using Clock = std::chrono::steady_clock;

    /// The network's longest plan and a stall's bound; what lies outside is not believed.
    static constexpr std::chrono::milliseconds kShortest{100};
    static constexpr std::chrono::milliseconds kLongest{1'000};
    static constexpr std::chrono::milliseconds kUntilMeasured{400};

    /// A finalized slot of a node that can be believed. Only what leads counts: behind a balanced
    /// address the next answer may be of a node that is slots behind.
    void saw(solana::Slot slot, Clock::time_point now);

    std::chrono::milliseconds slot_time() const { return slot_time_; }

  private:
    struct Sighting {
        solana::Slot slot;
        Clock::time_point at;
    };

    std::deque<Sighting> sightings_;
    std::chrono::milliseconds slot_time_ = kUntilMeasured;
};

} // namespace relay::rpc
