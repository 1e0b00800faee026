#include "relay/base/breaker.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

namespace relay::base {
namespace {

using std::chrono::milliseconds;

TEST(Breaker, Table) {
    enum class Act { Ask, Fail, Succeed };
    struct Row {
        int at; ///< milliseconds
        Act act;
        bool allowed = true; ///< of Ask
        bool closed = true;  ///< afterwards
    };
    const std::vector<Row> rows = {
        {0, Act::Ask, true, true},        {0, Act::Fail, true, false}, // 100 ms of pause
        {99, Act::Ask, false, false},                                  //
        {100, Act::Ask, true, false},     // one try, and the pause begins anew
        {101, Act::Ask, false, false},    //
        {110, Act::Fail, true, false},    // 200 ms
        {309, Act::Ask, false, false},    //
        {310, Act::Ask, true, false},     //
        {311, Act::Fail, true, false},    // 250 ms: the longest
        {560, Act::Ask, false, false},    //
        {561, Act::Ask, true, false},     //
        {570, Act::Fail, true, false},    // still 250 ms
        {819, Act::Ask, false, false},    //
        {820, Act::Ask, true, false},     // a try whose outcome is never told ...
        {1069, Act::Ask, false, false},   //
        {1070, Act::Ask, true, false},    // ... does not shut the door for ever
        {1071, Act::Succeed, true, true}, //
        {1071, Act::Ask, true, true},     //
        {1072, Act::Fail, true, false},   // 100 ms again
        {1080, Act::Fail, true, false},   // it began before the breaker opened: nothing new
        {1172, Act::Ask, true, false},    //
    };
    Breaker breaker({.first_pause = milliseconds(100), .longest_pause = milliseconds(250)});
    const Breaker::Clock::time_point start{};
    for (const Row& row : rows) {
        const auto now = start + milliseconds(row.at);
        switch (row.act) {
            case Act::Ask:
                EXPECT_EQ(breaker.try_acquire(now), row.allowed) << row.at;
                break;
            case Act::Fail:
                breaker.failed(now);
                break;
            case Act::Succeed:
                breaker.succeeded();
                break;
        }
        EXPECT_EQ(breaker.is_closed(), row.closed) << row.at;
    }
}

} // namespace
} // namespace relay::base
