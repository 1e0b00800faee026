#include "relay/base/wake_up.hpp"

#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "support/base/manual_clock.hpp"
#include "support/base/run_task.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace relay::base {
namespace {

using test::run_ready;
using test::run_task;

Task<void> count_wakes(WakeUp* signal, int* wakes) {
    for (;;) {
        co_await signal->wait();
        ++*wakes;
    }
}

class SignalTest : public testing::Test {
  protected:
    ~SignalTest() override {
        group_.cancel();
        run_task(clock_, group_.join());
    }

    boost::asio::io_context io_;
    test::ManualClock clock_{io_};
    TaskGroup group_{clock_, [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); }};
    WakeUp signal_{io_.get_executor()};
};

TEST_F(SignalTest, ANotificationBeforeTheWaitIsNotLost) {
    signal_.notify();
    run_task(clock_, signal_.wait());
}

TEST_F(SignalTest, SeveralNotificationsCountOnce) {
    int wakes = 0;
    group_.spawn("waiter", count_wakes(&signal_, &wakes));
    run_ready(io_);
    EXPECT_EQ(wakes, 0);
    signal_.notify();
    signal_.notify();
    run_ready(io_);
    EXPECT_EQ(wakes, 1);
    signal_.notify();
    run_ready(io_);
    EXPECT_EQ(wakes, 2);
}

TEST_F(SignalTest, AWaitEndsWithItsTime) {
    const auto began = clock_.now();
    run_task(clock_, signal_.wait_for(clock_, std::chrono::hours(1)));
    EXPECT_EQ(clock_.now() - began, std::chrono::hours(1));
    run_task(clock_, signal_.wait_for(clock_, std::chrono::nanoseconds(0)));
    signal_.notify();
    run_task(clock_, signal_.wait_for(clock_, std::chrono::hours(1'000'000)));
    EXPECT_EQ(clock_.now() - began, std::chrono::hours(1));
}

TEST_F(SignalTest, AOneShotGivesItsValue) {
    OneShot<std::unique_ptr<int>> early(io_.get_executor());
    early.set(std::make_unique<int>(7));
    EXPECT_EQ(*run_task(clock_, early.get()), 7);
}

TEST_F(SignalTest, AOneShotThrowsItsFailure) {
    OneShot<int> shot(io_.get_executor());
    shot.fail(std::make_exception_ptr(std::runtime_error("why")));
    EXPECT_THROW(run_task(clock_, shot.get()), std::runtime_error);
}

} // namespace
} // namespace relay::base
