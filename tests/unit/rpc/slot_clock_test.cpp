#include "relay/rpc/slot_clock.hpp"

#include "relay/solana/units.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>

namespace relay::rpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class SlotClockTest : public testing::Test {
  protected:
    void saw(std::uint64_t slot) { clock_.saw({slot}, now_); }
    void pass(milliseconds time) { now_ += time; }

    SlotClock clock_;
    SlotClock::Clock::time_point now_{std::chrono::hours(1)};
};

TEST_F(SlotClockTest, UntilItIsMeasuredTheOldLengthIsTaken) {
    EXPECT_EQ(clock_.slot_time(), milliseconds(400));
    saw(1'000);
    pass(milliseconds(1'900));
    saw(1'010);
    EXPECT_EQ(clock_.slot_time(), milliseconds(400)); // too short a time to tell
}

TEST_F(SlotClockTest, MeasuresSlotsOverTime) {
    saw(1'000);
    pass(seconds(10));
    saw(1'050);
    EXPECT_EQ(clock_.slot_time(), milliseconds(200));
    pass(seconds(110));
    saw(1'050 + 550);
    EXPECT_EQ(clock_.slot_time(), milliseconds(200));
    pass(seconds(100)); // what was seen before the change is forgotten by and by
    saw(1'600 + 250);
    EXPECT_EQ(clock_.slot_time(), milliseconds(400));
}

TEST_F(SlotClockTest, WhatCannotBeIsBounded) {
    saw(1'000);
    pass(seconds(10));
    saw(11'000);
    EXPECT_EQ(clock_.slot_time(), SlotClock::kShortest);
    SlotClock slow;
    slow.saw({1'000}, now_);
    slow.saw({1'001}, now_ + seconds(60));
    EXPECT_EQ(slow.slot_time(), SlotClock::kLongest);
}

TEST_F(SlotClockTest, NodesThatAreSlotsBehindDoNotDisturbIt) {
    saw(1'000);
    pass(seconds(4));
    saw(980);
    pass(seconds(6));
    saw(1'050);
    pass(seconds(1));
    saw(1'015);
    EXPECT_EQ(clock_.slot_time(), milliseconds(200));
}

TEST_F(SlotClockTest, WhatLedByFarAndIsGoneIsForgotten) {
    saw(1'000'000);
    pass(seconds(1));
    saw(1'000);
    saw(1'000);
    pass(seconds(10));
    saw(1'050);
    EXPECT_EQ(clock_.slot_time(), milliseconds(200));
}

} // namespace
} // namespace relay::rpc
