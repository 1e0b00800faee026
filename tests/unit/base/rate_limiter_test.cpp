#include "relay/base/rate_limiter.hpp"

#include "relay/base/client_key.hpp"

#include <gtest/gtest.h>
#include <chrono>
#include <cstdint>

namespace relay::base {
namespace {

using std::chrono::milliseconds;

constexpr ClientKey kOne{1};
constexpr ClientKey kOther{2};

TEST(RateLimiter, AllowsASecondsWorthAndRefills) {
    RateLimiter limiter(2, 2);
    const RateLimiter::Clock::time_point start{};
    EXPECT_TRUE(limiter.allows(kOne, start));
    EXPECT_TRUE(limiter.allows(kOne, start));
    EXPECT_FALSE(limiter.allows(kOne, start));
    EXPECT_TRUE(limiter.allows(kOther, start));
    EXPECT_FALSE(limiter.allows(kOne, start + milliseconds(400)));
    EXPECT_TRUE(limiter.allows(kOne, start + milliseconds(600)));
}

TEST(RateLimiter, ToLookTakesNothingAndToTakeNeedsNoToken) {
    RateLimiter limiter(1, 2);
    const RateLimiter::Clock::time_point start{};
    for (int count = 0; count < 5; ++count) {
        EXPECT_TRUE(limiter.has(kOne, start));
    }
    for (int count = 0; count < 5; ++count) {
        limiter.take(kOne, start);
    }
    EXPECT_FALSE(limiter.has(kOne, start + milliseconds(900)));
    EXPECT_TRUE(limiter.has(kOne, start + milliseconds(1'000))); // nothing is owed
}

TEST(RateLimiter, IsFullUntilOneIsTakenAndOnceItIsBack) {
    RateLimiter limiter(1, 3);
    const RateLimiter::Clock::time_point start{};
    EXPECT_TRUE(limiter.is_full(kOne, start));
    limiter.take(kOne, start);
    EXPECT_FALSE(limiter.is_full(kOne, start + milliseconds(900)));
    EXPECT_TRUE(limiter.is_full(kOther, start));
    EXPECT_TRUE(limiter.is_full(kOne, start + milliseconds(1'000)));
}

TEST(RateLimiter, ZeroIsNoLimitAndMemoryIsBounded) {
    RateLimiter off(0, 1);
    RateLimiter limiter(1, 1);
    const RateLimiter::Clock::time_point now{};
    for (std::uint64_t index = 0; index < RateLimiter::kMaxClients + 10; ++index) {
        EXPECT_TRUE(off.allows(kOne, now));
        EXPECT_TRUE(limiter.allows(ClientKey{index}, now));
    }
    // The first was forgotten to make room, the last is remembered.
    EXPECT_TRUE(limiter.allows(ClientKey{0}, now));
    EXPECT_FALSE(limiter.allows(ClientKey{RateLimiter::kMaxClients + 9}, now));
}

} // namespace
} // namespace relay::base
