#include "support/jobs/schedule_contract.hpp"

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/schedule.hpp"
#include "support/jobs/jobs.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::test {

using jobs::DueJob;
using jobs::JobId;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kLater = std::chrono::minutes(5);

std::vector<DueJob> due(std::uint32_t first, std::uint32_t last, milliseconds due_in = {}) {
    std::vector<DueJob> jobs;
    for (auto number = first; number <= last; ++number) {
        jobs.push_back({make_job_id(number), due_in});
    }
    return jobs;
}

} // namespace

TEST_P(ScheduleContract, WhatIsDueIsTakenOnce) {
    wait(schedule().note(due(1, 1)));
    EXPECT_EQ(wait(schedule().take_due(10)), (std::vector<JobId>{make_job_id(1)}));
    EXPECT_TRUE(wait(schedule().take_due(10)).empty());
}

TEST_P(ScheduleContract, NothingIsTakenBeforeItsTime) {
    wait(schedule().note(due(1, 1, kLater)));
    wait(schedule().note({{make_job_id(2), milliseconds(3)}}));
    std::vector<JobId> taken;
    for (int tries = 0; tries < 100'000 && taken.empty(); ++tries) {
        world().pass_a_moment();
        taken = wait(schedule().take_due(10));
    }
    EXPECT_EQ(taken, (std::vector<JobId>{make_job_id(2)}));
    EXPECT_EQ(wait(schedule().depth()).scheduled, 1U);
}

TEST_P(ScheduleContract, ATimePastIsNow) {
    wait(schedule().note(due(1, 1, milliseconds(-5'000))));
    EXPECT_EQ(wait(schedule().take_due(1)).size(), 1U);
}

TEST_P(ScheduleContract, ATimePastGoesBeforeWhatIsDueNow) {
    wait(schedule().note(due(1, 1)));
    world().pass_a_moment();
    wait(schedule().note(due(2, 2, milliseconds(-5'000))));
    EXPECT_EQ(wait(schedule().take_due(1)), (std::vector<JobId>{make_job_id(2)}));
}

TEST_P(ScheduleContract, TheLongestDueComesFirst) {
    for (const std::uint32_t number : {3U, 1U, 2U}) {
        wait(schedule().note(due(number, number)));
        world().pass_a_moment();
        world().pass_a_moment();
    }
    EXPECT_EQ(wait(schedule().take_due(2)), (std::vector<JobId>{make_job_id(3), make_job_id(1)}));
    EXPECT_EQ(wait(schedule().take_due(2)), (std::vector<JobId>{make_job_id(2)}));
}

TEST_P(ScheduleContract, AnIdStandsThereOnceAndTheLastWordCounts) {
    wait(schedule().note(due(1, 1)));
    wait(schedule().note(due(1, 1, kLater)));
    EXPECT_EQ(wait(schedule().depth()).scheduled, 1U);
    EXPECT_TRUE(wait(schedule().take_due(10)).empty());
    wait(schedule().note(
        {{make_job_id(1), kLater}, {make_job_id(2), kLater}, {make_job_id(1), milliseconds(0)}}));
    EXPECT_EQ(wait(schedule().take_due(10)), (std::vector<JobId>{make_job_id(1)}));
    EXPECT_EQ(wait(schedule().depth()).scheduled, 1U);
}

TEST_P(ScheduleContract, RestoringAddsOnlyWhatIsAbsent) {
    wait(schedule().note(due(1, 2, kLater)));
    auto all = due(1, 2, kLater + kLater);
    all.push_back(due(3, 3).front());
    all.push_back(due(4, 4).front());
    EXPECT_EQ(wait(schedule().note_missing(std::move(all))), 2U);
    const auto taken = wait(schedule().take_due(10)); // 1 and 2 keep their times
    EXPECT_EQ(std::set<JobId>(taken.begin(), taken.end()),
              (std::set<JobId>{make_job_id(3), make_job_id(4)}));
    EXPECT_EQ(wait(schedule().note_missing(due(1, 2, kLater))), 0U);
    EXPECT_EQ(wait(schedule().note_missing({})), 0U);
}

TEST_P(ScheduleContract, DeadLettersAreCountedOnce) {
    wait(schedule().note_failed({make_job_id(1), make_job_id(2)}));
    wait(schedule().note_failed({make_job_id(2)}));
    const auto depth = wait(schedule().depth());
    EXPECT_EQ(depth.failed, 2U);
    EXPECT_EQ(depth.scheduled, 0U);
    EXPECT_TRUE(wait(schedule().take_due(10)).empty());
}

TEST_P(ScheduleContract, RestoringBringsForwardWhatStandsTooLate) {
    wait(schedule().note(due(1, 1, kLater)));
    wait(schedule().note(due(2, 2, milliseconds(100))));
    EXPECT_EQ(wait(schedule().note_missing(due(1, 2))), 1U); // 2 is within what two clocks differ
    EXPECT_EQ(wait(schedule().note_missing(due(1, 2))), 0U);
    std::set<JobId> taken;
    for (int tries = 0; tries < 100'000 && taken.size() < 2; ++tries) {
        world().pass_a_moment();
        for (const auto& id : wait(schedule().take_due(10))) {
            taken.insert(id);
        }
    }
    EXPECT_EQ(taken.size(), 2U);
}

TEST_P(ScheduleContract, MissingDeadLettersAreAdded) {
    wait(schedule().note_failed({make_job_id(1)}));
    EXPECT_EQ(
        wait(schedule().note_missing_failed({{make_job_id(1), kLater}, {make_job_id(2), kLater}})),
        1U);
    EXPECT_EQ(wait(schedule().note_missing_failed({})), 0U);
    EXPECT_EQ(wait(schedule().depth()).failed, 2U);
}

TEST_P(ScheduleContract, WhatIsNoDeadLetterAnyMoreIsForgotten) {
    wait(schedule().note_failed({make_job_id(1), make_job_id(2), make_job_id(3)}));
    wait(other().forget_failed({make_job_id(1), make_job_id(3), make_job_id(4)}));
    EXPECT_EQ(wait(schedule().depth()).failed, 1U);
    EXPECT_EQ(wait(schedule().note_missing_failed({{make_job_id(2), kLater}})), 0U);
}

TEST_P(ScheduleContract, EmptyCalls) {
    wait(schedule().note({}));
    wait(schedule().forget_failed({}));
    wait(schedule().note_failed({}));
    EXPECT_TRUE(wait(schedule().take_due(0)).empty());
    EXPECT_EQ(wait(schedule().depth()).scheduled, 0U);
}

TEST_P(ScheduleContract, MoreThanOneCallTakes) {
    wait(schedule().note(due(1, 2'500)));
    EXPECT_EQ(wait(other().note_missing(due(1, 2'600))), 100U);
    EXPECT_EQ(wait(schedule().depth()).scheduled, 2'600U);
    EXPECT_EQ(wait(other().take_due(3'000)).size(), 2'600U);
}

TEST_P(ScheduleContract, TwoTakersNeverShareAnId) {
    constexpr std::uint32_t kJobs = 500;
    wait(schedule().note(due(1, kJobs)));
    std::size_t failures = 0;
    std::multiset<JobId> taken;
    base::SteadyClock clock(io().get_executor());
    base::TaskGroup group(clock, [&](std::string_view, const std::exception_ptr&) { ++failures; });
    struct Taker {
        static base::Task<void> take(jobs::Schedule* queue, std::multiset<JobId>* found) {
            for (;;) {
                const auto some = co_await queue->take_due(7);
                found->insert(some.begin(), some.end());
                if (some.empty()) {
                    break;
                }
            }
        }
    };
    for (auto* each : {&schedule(), &other(), &schedule(), &other()}) {
        group.spawn("take", Taker::take(each, &taken));
    }
    wait(group.join());
    EXPECT_EQ(failures, 0U);
    EXPECT_EQ(taken.size(), kJobs);
    EXPECT_EQ(std::set<JobId>(taken.begin(), taken.end()).size(), kJobs);
}

} // namespace relay::test
