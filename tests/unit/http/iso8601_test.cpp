#include "iso8601.hpp"

#include "relay/jobs/job.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace relay::http {
namespace {

TEST(Iso8601, IsReadAsItIsWritten) {
    for (const auto* text : {"1970-01-01T00:00:00.000Z", "2026-11-27T05:51:41.789Z",
                             "2028-02-29T23:59:59.999Z", "9999-12-31T23:59:59.000Z"}) {
        const auto time = parse_iso8601(text);
        ASSERT_TRUE(time) << text;
        EXPECT_EQ(to_iso8601(*time), text);
    }
    EXPECT_EQ(parse_iso8601("2026-11-27T05:51:41Z"), parse_iso8601("2026-11-27T05:51:41.0Z"));
    EXPECT_EQ(*parse_iso8601("1970-01-01T00:00:00.1234567Z"),
              jobs::Timestamp(std::chrono::microseconds(123'456)));
}

TEST(Iso8601, AnythingElseIsNoTime) {
    for (const auto* text :
         {"", "Z", "now", "2026-11-27", "2026-11-27T05:51:41", "2026-11-27T05:51Z",
          "2026-11-27 05:51:41Z", "2026-11-27T05:51:41+00:00", "2026-11-27T05:51:41.Z",
          "2026-11-27T05:51:41.xZ", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
          "2026-00-01T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
          "1969-12-31T23:59:59Z", "2026-1-1T00:00:00Z", "2026-11-27T05:51:41ZZ"}) {
        EXPECT_FALSE(parse_iso8601(text)) << text;
    }
}

} // namespace
} // namespace relay::http
