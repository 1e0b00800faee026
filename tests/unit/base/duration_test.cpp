#include "relay/base/duration.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace relay::base {
namespace {

using std::chrono::milliseconds;

TEST(Duration, IsAWholeNumberAndAUnit) {
    EXPECT_EQ(parse_duration("500ms"), milliseconds(500));
    EXPECT_EQ(parse_duration("1s"), milliseconds(1000));
    EXPECT_EQ(parse_duration("2m"), milliseconds(120'000));
    EXPECT_EQ(parse_duration("1h"), milliseconds(3'600'000));
    for (const char* text :
         {"", "s", "1", "1 s", "1S", "+1s", "-1s", "1.5s", "99999999999999999999s"}) {
        EXPECT_FALSE(parse_duration(text)) << text;
    }
}

} // namespace
} // namespace relay::base
