#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/base/wake_up.hpp"
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

using std::chrono::milliseconds;
using test::run_task;

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

TEST(WithTimeout, GivesTheValueInTime) {
    boost::asio::io_context io;
    EXPECT_EQ(run_task(io, with_timeout(at_once(7), std::chrono::hours(1))), 7);
}

TEST(WithTimeout, AnErrorIsToldAtOnce) {
    boost::asio::io_context io;
    EXPECT_THROW(run_task(io, with_timeout(fail_at_once(), std::chrono::hours(1))),
                 std::runtime_error);
}

TEST(WithTimeout, TheLimitCancelsTheTaskAndItHasEnded) {
    boost::asio::io_context io;
    bool unwound = false;
    EXPECT_EQ(run_task(io, with_timeout(never(&unwound), milliseconds(1))), std::nullopt);
    EXPECT_TRUE(unwound);
}

Task<void> wait_long(bool* unwound, bool* went_on) {
    co_await with_timeout(never(unwound), std::chrono::hours(1));
    co_await sleep_for(milliseconds(0));
    *went_on = true;
}

TEST(WithTimeout, CancellationFromOutsidePassesThrough) {
    boost::asio::io_context io;
    TaskGroup group(io.get_executor(),
                    [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); });
    bool unwound = false;
    bool went_on = false;
    group.spawn("waiting", wait_long(&unwound, &went_on));
    test::run_ready(io);
    group.cancel();
    run_task(io, group.join());
    EXPECT_TRUE(unwound);
    EXPECT_FALSE(went_on);
}

} // namespace
} // namespace relay::base
