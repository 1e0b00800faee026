#include "relay/base/deadlines.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace relay::base {
namespace {

using std::chrono::milliseconds;

class DeadlinesTest : public testing::Test {
  protected:
    std::unique_ptr<Deadlines::Guard> limit(milliseconds time, const std::string& name) {
        return std::make_unique<Deadlines::Guard>(*deadlines_, time,
                                                  [this, name] { told_ += name; });
    }

    boost::asio::io_context io_;
    std::optional<Deadlines> deadlines_{io_.get_executor()};
    std::string told_;
};

TEST_F(DeadlinesTest, TellEachGuardOnceInTheOrderOfTheirTimes) {
    const auto late = limit(milliseconds(20), "b");
    const auto early = limit(milliseconds(5), "a");
    const auto last = limit(milliseconds(40), "c");
    EXPECT_FALSE(early->expired());
    io_.run(); // ends by itself: nothing is left to watch
    EXPECT_EQ(told_, "abc");
    EXPECT_TRUE(early->expired() && late->expired() && last->expired());
}

TEST_F(DeadlinesTest, LeaveAloneWhatEndedInTime) {
    auto ended = limit(milliseconds(5), "a");
    const auto other = limit(milliseconds(20), "b");
    ended.reset();
    io_.run();
    EXPECT_EQ(told_, "b");
}

TEST_F(DeadlinesTest, KeepNothingRunningOnceTheLastGuardIsGone) {
    auto guard = limit(std::chrono::hours(1), "a");
    boost::asio::post(io_, [&guard] { guard.reset(); });
    io_.run(); // would take the hour
    EXPECT_EQ(told_, "");
}

TEST_F(DeadlinesTest, AGuardMayFollowAnother) {
    {
        const auto first = limit(milliseconds(5), "a");
        io_.run();
    }
    io_.restart();
    const auto second = limit(milliseconds(5), "b");
    io_.run();
    EXPECT_EQ(told_, "ab");
}

TEST_F(DeadlinesTest, MayGoWhileTheirTimerIsSet) {
    limit(milliseconds(0), "a").reset();
    auto guard = limit(milliseconds(0), "b");
    guard.reset();
    deadlines_.reset();
    io_.run();
    EXPECT_EQ(told_, "");
}

} // namespace
} // namespace relay::base
