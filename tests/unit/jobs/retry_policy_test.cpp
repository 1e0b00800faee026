#include "relay/jobs/retry_policy.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace relay::jobs {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RetryPolicy, DoublesUpToItsLimit) {
    struct Case {
        milliseconds base;
        milliseconds most;
        int retries;
        milliseconds delay;
    };
    for (const Case& known : {
             Case{seconds(30), seconds(600), 0, seconds(30)},
             Case{seconds(30), seconds(600), 1, seconds(60)},
             Case{seconds(30), seconds(600), 2, seconds(120)},
             Case{seconds(30), seconds(600), 4, seconds(480)},
             Case{seconds(30), seconds(600), 5, seconds(600)},
             Case{seconds(30), seconds(600), 1'000'000, seconds(600)},
             Case{seconds(30), seconds(10), 0, seconds(10)},
             Case{seconds(0), seconds(600), 100, seconds(0)},
             Case{milliseconds(1), milliseconds::max() / 2, 200, milliseconds::max() / 2},
         }) {
        const RetryPolicy policy{.base_delay = known.base, .max_delay = known.most};
        EXPECT_EQ(policy.delay(known.retries), known.delay) << known.retries;
    }
}

} // namespace
} // namespace relay::jobs
