#include "relay/base/task_group.hpp"

#include "relay/base/task.hpp"
#include "relay/base/wake_up.hpp"
#include "support/base/manual_clock.hpp"
#include "support/base/run_task.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace relay::base {
namespace {

using test::run_ready;
using test::run_task;

Task<void> fail_with(std::string message) {
    throw std::runtime_error(message);
    co_return;
}

Task<void> wait_for(WakeUp* signal, int* ended) {
    struct Count {
        int& ended;
        explicit Count(int& number) : ended(number) {}
        ~Count() { ++ended; }
        Count(const Count&) = delete;
        Count& operator=(const Count&) = delete;
    };
    const Count count(*ended);
    co_await signal->wait();
}

/// Fails twice, then waits for the signal and returns.
Task<void> third_time_lucky(int* tries, WakeUp* signal) {
    if (++*tries < 3) {
        throw std::runtime_error("try " + std::to_string(*tries));
    }
    co_await signal->wait();
}

class TaskGroupTest : public testing::Test {
  protected:
    boost::asio::io_context io_;
    test::ManualClock clock_{io_};
    std::vector<std::string> failures_;
    TaskGroup group_{clock_, [this](std::string_view task, std::exception_ptr failure) {
                         try {
                             std::rethrow_exception(failure);
                         } catch (const std::exception& error) {
                             failures_.push_back(std::string(task) + ": " + error.what());
                         }
                     }};
};

TEST_F(TaskGroupTest, JoiningNothingReturns) {
    run_task(clock_, group_.join());
}

TEST_F(TaskGroupTest, JoinWaitsForEveryTask) {
    WakeUp first(io_.get_executor());
    WakeUp second(io_.get_executor());
    int ended = 0;
    group_.spawn("first", wait_for(&first, &ended));
    group_.spawn("second", wait_for(&second, &ended));
    EXPECT_EQ(group_.size(), 2U);
    first.notify();
    run_ready(io_);
    EXPECT_EQ(ended, 1);
    EXPECT_EQ(group_.size(), 1U);
    second.notify();
    run_task(clock_, group_.join());
    EXPECT_EQ(ended, 2);
    EXPECT_TRUE(failures_.empty());
}

TEST_F(TaskGroupTest, TellsWhatEscapesByName) {
    group_.spawn("one", fail_with("first fault"));
    group_.spawn("two", fail_with("second fault"));
    run_task(clock_, group_.join());
    EXPECT_EQ(failures_, (std::vector<std::string>{"one: first fault", "two: second fault"}));
}

TEST_F(TaskGroupTest, CancellationUnwindsAndIsNoFailure) {
    WakeUp never(io_.get_executor());
    int ended = 0;
    group_.spawn("waiting", wait_for(&never, &ended));
    run_ready(io_);
    group_.cancel();
    run_task(clock_, group_.join());
    EXPECT_EQ(ended, 1);
    EXPECT_TRUE(failures_.empty());
}

TEST_F(TaskGroupTest, ATaskCancelledBeforeItRanEnds) {
    WakeUp never(io_.get_executor());
    int ended = 0;
    group_.spawn("waiting", wait_for(&never, &ended));
    group_.cancel();
    run_task(clock_, group_.join());
    EXPECT_EQ(group_.size(), 0U);
}

TEST_F(TaskGroupTest, TasksSpawnedAfterCancelRunOn) {
    group_.cancel();
    WakeUp signal(io_.get_executor());
    int ended = 0;
    group_.spawn("late", wait_for(&signal, &ended));
    run_ready(io_);
    EXPECT_EQ(ended, 0);
    signal.notify();
    run_task(clock_, group_.join());
    EXPECT_EQ(ended, 1);
}

TEST_F(TaskGroupTest, ALoopThatFailsIsToldAndStartedAgain) {
    WakeUp signal(io_.get_executor());
    int tries = 0;
    const auto began = clock_.now();
    group_.spawn_loop(
        "loop", [&] { return third_time_lucky(&tries, &signal); }, std::chrono::minutes(1));
    test::run_until(clock_, [&] { return tries == 3; });
    EXPECT_EQ(failures_, (std::vector<std::string>{"loop: try 1", "loop: try 2"}));
    EXPECT_EQ(clock_.now() - began, std::chrono::minutes(2));
    signal.notify();
    run_task(clock_, group_.join());
    EXPECT_EQ(tries, 3);
}

TEST_F(TaskGroupTest, JoiningWithinATimeTellsWhetherAllEnded) {
    WakeUp signal(io_.get_executor());
    int ended = 0;
    group_.spawn("waiting", wait_for(&signal, &ended));
    const auto began = clock_.now();
    EXPECT_FALSE(run_task(clock_, group_.join_within(std::chrono::seconds(30))));
    EXPECT_EQ(clock_.now() - began, std::chrono::seconds(30));
    signal.notify();
    EXPECT_TRUE(run_task(clock_, group_.join_within(std::chrono::seconds(30))));
    EXPECT_EQ(clock_.now() - began, std::chrono::seconds(30));
}

TEST_F(TaskGroupTest, ALoopEndsByItsCancellation) {
    WakeUp signal(io_.get_executor());
    int tries = 2;
    group_.spawn_loop("loop", [&] { return third_time_lucky(&tries, &signal); });
    run_ready(io_);
    group_.cancel();
    run_task(clock_, group_.join());
    EXPECT_EQ(tries, 3);
    EXPECT_TRUE(failures_.empty());
}

} // namespace
} // namespace relay::base
