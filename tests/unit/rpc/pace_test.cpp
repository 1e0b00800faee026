#include "pace.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>

namespace relay::rpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using Clock = Pace::Clock;

constexpr Clock::time_point kStart{std::chrono::hours(1)};

/// What was refused and carried out by a node that takes so many calls a second.
struct Node {
    std::size_t a_second;
    std::deque<Clock::time_point> taken;
    std::size_t refused = 0;

    bool takes(Clock::time_point now) {
        while (!taken.empty() && now - taken.front() >= seconds(1)) {
            taken.pop_front();
        }
        if (taken.size() >= a_second) {
            ++refused;
            return false;
        }
        taken.push_back(now);
        return true;
    }
};

/// Calls are wanted every `apart`, for `time`; each waits for its turn. How many were carried out.
std::size_t load(Pace& pace, Node& node, Clock::time_point& now, nanoseconds apart, seconds time) {
    const auto end = now + time;
    std::size_t done = 0;
    while (now < end) {
        const auto wait = pace.take_turn(now, seconds(10));
        now += std::max(wait.value_or(seconds(1)), apart);
        if (!wait) {
            continue;
        }
        if (node.takes(now)) {
            pace.carried_out(now, now);
            ++done;
        } else {
            pace.refused(now, now, std::nullopt);
        }
    }
    return done;
}

TEST(Pace, WithoutARefusalNothingWaits) {
    Pace pace;
    for (int count = 0; count < 10'000; ++count) {
        EXPECT_EQ(pace.take_turn(kStart, seconds(0)), nanoseconds(0));
        pace.carried_out(kStart, kStart);
    }
    EXPECT_FALSE(pace.rate().has_value());
}

TEST(Pace, TheFirstRefusalTeachesHalfOfWhatWasJustDone) {
    Pace pace;
    for (int count = 0; count < 40; ++count) {
        pace.carried_out(kStart, kStart);
    }
    pace.refused(kStart, kStart, std::nullopt);
    EXPECT_EQ(pace.rate(), 20);
    // Those that were under way say nothing new.
    pace.refused(kStart - milliseconds(1), kStart + milliseconds(5), std::nullopt);
    EXPECT_EQ(pace.rate(), 20);
    EXPECT_TRUE(pace.rests(kStart + milliseconds(249)));
    EXPECT_FALSE(pace.rests(kStart + Pace::kFirstRest));
    const auto later = kStart + seconds(1);
    EXPECT_EQ(pace.take_turn(later, seconds(0)), nanoseconds(0));
    EXPECT_EQ(pace.take_turn(later, seconds(0)), std::nullopt);
    EXPECT_EQ(pace.take_turn(later, seconds(1)), milliseconds(50));
    EXPECT_EQ(pace.take_turn(later, seconds(1)), milliseconds(100));
}

TEST(Pace, AWordOfTheNodeOnHowLongIsObeyed) {
    Pace pace;
    pace.refused(kStart, kStart, seconds(30));
    EXPECT_EQ(pace.rate(), Pace::kLeastRate);
    EXPECT_EQ(pace.take_turn(kStart + seconds(20), seconds(2)), std::nullopt);
    EXPECT_EQ(pace.take_turn(kStart + seconds(29), seconds(2)), seconds(1));
}

TEST(Pace, ItSettlesJustUnderWhatTheNodeTakes) {
    for (const std::size_t limit : {5U, 40U, 500U}) {
        Pace pace;
        Node node{limit};
        auto now = kStart;
        load(pace, node, now, milliseconds(1), seconds(60)); // a thousand a second are wanted
        node.refused = 0;
        const auto done = load(pace, node, now, milliseconds(1), seconds(300));
        EXPECT_GE(done, limit * 300 * 7 / 10) << limit;
        EXPECT_LE(node.refused, 75U) << limit;
    }
}

TEST(Pace, WhereNothingIsRefusedAnyMoreTheLimitIsForgotten) {
    Pace pace;
    Node node{40};
    auto now = kStart;
    load(pace, node, now, milliseconds(1), seconds(30));
    ASSERT_TRUE(pace.rate().has_value());
    node.a_second = 100'000;
    load(pace, node, now, milliseconds(1), seconds(120));
    EXPECT_FALSE(pace.rate().has_value());
}

TEST(Pace, WhatIsRefusedWhileLittleIsAskedIsSoonForgotten) {
    Pace pace;
    pace.carried_out(kStart, kStart);
    pace.refused(kStart, kStart, std::nullopt);
    EXPECT_EQ(pace.rate(), Pace::kLeastRate);
    EXPECT_TRUE(pace.take_turn(kStart + seconds(14), seconds(0)).has_value());
    EXPECT_EQ(pace.rate(), 3);
    EXPECT_TRUE(pace.take_turn(kStart + seconds(15), seconds(0)).has_value());
    EXPECT_FALSE(pace.rate().has_value());
}

TEST(Pace, RefusalsInARowLengthenTheRestAndKeepTheRate) {
    Pace pace;
    for (int count = 0; count < 100; ++count) {
        pace.carried_out(kStart, kStart);
    }
    auto now = kStart;
    for (const int rest : {250, 500, 1'000, 2'000, 4'000, 5'000, 5'000}) {
        pace.refused(now, now, std::nullopt);
        EXPECT_EQ(pace.wait(now), milliseconds(rest));
        now += milliseconds(rest);
    }
    EXPECT_EQ(pace.rate(), 50);
    pace.carried_out(now, now);
    pace.refused(now, now, std::nullopt);
    EXPECT_EQ(pace.wait(now), Pace::kFirstRest);
}

} // namespace
} // namespace relay::rpc
