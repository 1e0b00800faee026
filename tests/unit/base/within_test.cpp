#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/base/wake_up.hpp"
#include "support/base/manual_clock.hpp"
#include "support/base/run_task.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace relay::base {
namespace {

using test::run_task;

constexpr std::chrono::hours kLong{1};

Task<int> at_once(int value) {
    co_return value;
}

Task<int> fail_at_once() {
    throw std::runtime_error("at once");
    co_return 0;
}

Task<int> never(bool* unwound) {
    struct Note {
        bool& unwound;
        explicit Note(bool& flag) : unwound(flag) {}
        ~Note() { unwound = true; }
        Note(const Note&) = delete;
        Note& operator=(const Note&) = delete;
    };
    const Note note(*unwound);
    WakeUp signal(co_await boost::asio::this_coro::executor);
    co_await signal.wait();
    co_return 0;
}

TEST(Within, GivesTheValueInTime) {
    boost::asio::io_context io;
    test::ManualClock clock(io);
    EXPECT_EQ(run_task(clock, within(clock.sleep_for(kLong), at_once(7))), 7);
}

TEST(Within, AnErrorIsToldAtOnce) {
    boost::asio::io_context io;
    test::ManualClock clock(io);
    EXPECT_THROW(run_task(clock, within(clock.sleep_for(kLong), fail_at_once())),
                 std::runtime_error);
}

TEST(Within, TheLimitCancelsTheTaskAndItHasEnded) {
    boost::asio::io_context io;
    test::ManualClock clock(io);
    bool unwound = false;
    EXPECT_EQ(run_task(clock, within(clock.sleep_for(kLong), never(&unwound))), std::nullopt);
    EXPECT_TRUE(unwound);
}

Task<void> wait_long(Clock* clock, bool* unwound, bool* went_on) {
    co_await within(clock->sleep_for(kLong), never(unwound));
    co_await clock->sleep_for(kLong);
    *went_on = true;
}

TEST(Within, CancellationFromOutsidePassesThrough) {
    boost::asio::io_context io;
    test::ManualClock clock(io);
    TaskGroup group(clock, [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); });
    bool unwound = false;
    bool went_on = false;
    group.spawn("waiting", wait_long(&clock, &unwound, &went_on));
    test::run_ready(io);
    group.cancel();
    run_task(clock, group.join());
    EXPECT_TRUE(unwound);
    EXPECT_FALSE(went_on);
}

} // namespace
} // namespace relay::base
