#include "relay/jobs/best_effort_schedule.hpp"

#include "relay/base/task_group.hpp"
#include "relay/base/wake_up.hpp"
#include "support/base/manual_clock.hpp"
#include "support/base/run_task.hpp"
#include "support/jobs/jobs.hpp"
#include "support/jobs/memory_schedule.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <string_view>

namespace relay::test {
namespace {

class BestEffortScheduleTest : public testing::Test {
  protected:
    ~BestEffortScheduleTest() override { run_task(clock_, tasks_.join()); }

    boost::asio::io_context io_;
    ManualClock clock_{io_};
    MemorySchedule memory_{clock_};
    base::TaskGroup tasks_{clock_,
                           [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); }};
    base::WakeUp due_{io_.get_executor()};
    jobs::BestEffortSchedule schedule_{tasks_, memory_, due_};
};

TEST_F(BestEffortScheduleTest, ItIsBackOnlyWhenItHasAnswered) {
    memory_.set_away(true);
    EXPECT_FALSE(run_task(clock_, schedule_.take_due(1)).has_value());
    EXPECT_TRUE(schedule_.trouble().has_value());
    // Nothing to note: it is not asked, and so proves nothing.
    EXPECT_FALSE(run_task(clock_, schedule_.note_missing({})).has_value());
    EXPECT_TRUE(schedule_.trouble().has_value());
    memory_.set_away(false);
    run_task(clock_, schedule_.take_due(1));
    EXPECT_FALSE(schedule_.trouble().has_value());
    EXPECT_EQ(run_task(clock_, schedule_.note_missing({})), 0U);
}

TEST_F(BestEffortScheduleTest, WhatCannotBeNotedIsDroppedAndTheWorkerIsToldAllTheSame) {
    memory_.set_away(true);
    schedule_.note({make_job_id(1)});
    run_task(clock_, due_.wait());
    memory_.set_away(false);
    EXPECT_FALSE(memory_.is_scheduled(make_job_id(1)));
    schedule_.note({make_job_id(2)});
    schedule_.note_failed(make_job_id(3));
    run_task(clock_, tasks_.join());
    EXPECT_TRUE(memory_.is_scheduled(make_job_id(2)));
    EXPECT_TRUE(memory_.is_failed(make_job_id(3)));
    schedule_.note_failed(make_job_id(4));
    schedule_.forget_failed(make_job_id(3));
    schedule_.forget_failed(make_job_id(4));
    run_task(clock_, tasks_.join());
    EXPECT_FALSE(memory_.is_failed(make_job_id(3)) || memory_.is_failed(make_job_id(4)));
}

TEST_F(BestEffortScheduleTest, AfterAFailureAnEmptyAnswerIsNoneUntilItIsWhole) {
    EXPECT_TRUE(run_task(clock_, schedule_.take_due(1)).has_value());
    memory_.set_away(true);
    schedule_.note({make_job_id(1)});
    run_task(clock_, tasks_.join());
    memory_.set_away(false);
    EXPECT_FALSE(run_task(clock_, schedule_.take_due(1)).has_value());
    EXPECT_FALSE(schedule_.trouble().has_value()); // it answers, but lacks a job
    const auto before = schedule_.failures();
    schedule_.note({make_job_id(2)}); // what it has is to be trusted
    run_task(clock_, tasks_.join());
    EXPECT_EQ(run_task(clock_, schedule_.take_due(1)).value().size(), 1U);
    schedule_.made_whole(before - 1); // begun before the failure
    EXPECT_FALSE(run_task(clock_, schedule_.take_due(1)).has_value());
    schedule_.made_whole(before);
    EXPECT_TRUE(run_task(clock_, schedule_.take_due(1)).value().empty());
}

} // namespace
} // namespace relay::test
