#include "relay/base/semaphore.hpp"

#include "relay/base/clock.hpp"
#include "relay/base/deadlines.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/base/wake_up.hpp"
#include "support/base/run_task.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <exception>
#include <string_view>
#include <vector>

namespace relay::base {
namespace {

using test::run_ready;
using test::run_task;

class SemaphoreTest : public testing::Test {
  protected:
    ~SemaphoreTest() override {
        for (auto* group : {&group_, &cancelled_}) {
            group->cancel();
            run_task(io_, group->join());
        }
    }

    /// Takes a place, notes its number, and keeps the place until it is let go.
    static Task<void> hold(Semaphore* semaphore, int number, std::vector<int>* held,
                           WakeUp* let_go) {
        const auto permit = co_await semaphore->acquire();
        held->push_back(number);
        co_await let_go->wait();
    }

    void start(TaskGroup& group, int number) {
        while (static_cast<int>(let_go_.size()) <= number) {
            let_go_.emplace_back(io_.get_executor());
        }
        group.spawn("holder", hold(&semaphore_, number, &held_,
                                   &let_go_.at(static_cast<std::size_t>(number))));
        run_ready(io_);
    }

    void finish(int number) {
        let_go_.at(static_cast<std::size_t>(number)).notify();
        run_ready(io_);
    }

    using Numbers = std::vector<int>;

    boost::asio::io_context io_;
    SteadyClock clock_{io_.get_executor()};
    TaskGroup group_{clock_, [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); }};
    TaskGroup cancelled_{clock_,
                         [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); }};
    Semaphore semaphore_{io_.get_executor(), 2};
    std::deque<WakeUp> let_go_;
    Numbers held_;
};

TEST_F(SemaphoreTest, FirstComeFirstServed) {
    for (int number = 0; number < 5; ++number) {
        start(group_, number);
    }
    EXPECT_EQ(held_, (Numbers{0, 1}));
    EXPECT_EQ(semaphore_.waiting(), 3U);
    finish(1);
    EXPECT_EQ(held_, (Numbers{0, 1, 2}));
    finish(2);
    finish(0);
    EXPECT_EQ(held_, (Numbers{0, 1, 2, 3, 4}));
    EXPECT_EQ(semaphore_.waiting(), 0U);
    finish(3);
    finish(4);
    start(group_, 5);
    EXPECT_EQ(held_.back(), 5);
}

TEST_F(SemaphoreTest, ACancelledWaiterLeavesTheLine) {
    start(group_, 0);
    start(group_, 1);
    start(cancelled_, 2);
    start(group_, 3);
    cancelled_.cancel();
    run_ready(io_);
    EXPECT_EQ(semaphore_.waiting(), 1U);
    finish(0);
    EXPECT_EQ(held_, (Numbers{0, 1, 3}));
}

TEST_F(SemaphoreTest, AWaiterCancelledAsItWasGivenAPlaceHandsItOn) {
    start(group_, 0);
    start(group_, 1);
    start(cancelled_, 2);
    start(group_, 3);
    let_go_[0].notify();
    io_.restart();
    while (semaphore_.waiting() == 2) { // until the place is given, and not a step further
        ASSERT_EQ(io_.poll_one(), 1U);
    }
    cancelled_.cancel();
    run_ready(io_);
    EXPECT_EQ(held_.back(), 3);
    EXPECT_EQ(semaphore_.waiting(), 0U);
    finish(1);
    finish(3);
    start(group_, 4);
    start(group_, 5);
    EXPECT_EQ(held_.back(), 5); // no place was lost
}

TEST_F(SemaphoreTest, ACancelledHolderGivesItsPlaceBack) {
    start(cancelled_, 0);
    start(cancelled_, 1);
    start(group_, 2);
    cancelled_.cancel();
    run_ready(io_);
    EXPECT_EQ(held_, (Numbers{0, 1, 2}));
}

TEST_F(SemaphoreTest, APlaceThatDoesNotComeInTimeIsNotTaken) {
    Deadlines deadlines(io_.get_executor());
    start(group_, 1);
    start(group_, 2);
    EXPECT_FALSE(run_task(io_, semaphore_.acquire_within(deadlines, std::chrono::milliseconds(1))));
    EXPECT_EQ(semaphore_.waiting(), 0U);
    finish(1);
    auto permit = run_task(io_, semaphore_.acquire_within(deadlines, std::chrono::hours(1)));
    EXPECT_TRUE(permit);
    start(group_, 3); // waits: the place is taken indeed
    EXPECT_EQ(held_, (Numbers{1, 2}));
    permit.reset();
    run_ready(io_);
    EXPECT_EQ(held_, (Numbers{1, 2, 3}));
    finish(2);
    finish(3);
}

} // namespace
} // namespace relay::base
