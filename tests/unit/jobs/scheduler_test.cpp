#include "relay/jobs/scheduler.hpp"

#include "relay/base/signal.hpp"
#include "relay/base/task_group.hpp"
#include "support/jobs.hpp"
#include "support/manual_clock.hpp"
#include "support/memory_job_queue.hpp"
#include "support/run_task.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <string_view>

namespace relay::test {
namespace {

class SchedulerTest : public testing::Test {
  protected:
    ~SchedulerTest() override { run_task(io_, tasks_.join()); }

    boost::asio::io_context io_;
    ManualClock clock_;
    MemoryJobQueue queue_{clock_};
    base::TaskGroup tasks_{io_.get_executor(),
                           [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); }};
    base::Signal due_{io_.get_executor()};
    jobs::Scheduler scheduler_{tasks_, queue_, due_};
};

TEST_F(SchedulerTest, TheQueueIsBackOnlyWhenItHasAnswered) {
    queue_.set_away(true);
    EXPECT_FALSE(run_task(io_, scheduler_.take_due(1)).has_value());
    EXPECT_TRUE(scheduler_.trouble().has_value());
    // Nothing to restore: the queue is not asked, and so proves nothing.
    EXPECT_FALSE(run_task(io_, scheduler_.restore({})).has_value());
    EXPECT_TRUE(scheduler_.trouble().has_value());
    queue_.set_away(false);
    EXPECT_TRUE(run_task(io_, scheduler_.take_due(1)).has_value());
    EXPECT_FALSE(scheduler_.trouble().has_value());
    EXPECT_EQ(run_task(io_, scheduler_.restore({})), 0U);
}

TEST_F(SchedulerTest, WhatCannotBeNotedIsDroppedAndTheWorkerIsToldAllTheSame) {
    queue_.set_away(true);
    scheduler_.schedule({make_job_id(1)});
    run_task(io_, due_.wait());
    queue_.set_away(false);
    EXPECT_FALSE(queue_.is_scheduled(make_job_id(1)));
    scheduler_.schedule({make_job_id(2)});
    scheduler_.bury(make_job_id(3));
    run_task(io_, tasks_.join());
    EXPECT_TRUE(queue_.is_scheduled(make_job_id(2)));
    EXPECT_TRUE(queue_.is_dead(make_job_id(3)));
}

} // namespace
} // namespace relay::test
