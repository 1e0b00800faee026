#include "support/job_queue_contract.hpp"

#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/queue.hpp"
#include "relay/jobs/store.hpp"
#include "support/jobs.hpp"

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

TEST_P(JobQueueContract, WhatIsDueIsTakenOnce) {
    wait(queue().schedule(due(1, 1)));
    EXPECT_EQ(wait(queue().take_due(10)), (std::vector<JobId>{make_job_id(1)}));
    EXPECT_TRUE(wait(queue().take_due(10)).empty());
}

TEST_P(JobQueueContract, NothingIsTakenBeforeItsTime) {
    wait(queue().schedule(due(1, 1, kLater)));
    wait(queue().schedule({{make_job_id(2), milliseconds(3)}}));
    std::vector<JobId> taken;
    for (int tries = 0; tries < 100'000 && taken.empty(); ++tries) {
        world().pass_a_moment();
        taken = wait(queue().take_due(10));
    }
    EXPECT_EQ(taken, (std::vector<JobId>{make_job_id(2)}));
    EXPECT_EQ(wait(queue().depth()).scheduled, 1U);
}

TEST_P(JobQueueContract, ATimePastIsNow) {
    wait(queue().schedule(due(1, 1, milliseconds(-5'000))));
    EXPECT_EQ(wait(queue().take_due(1)).size(), 1U);
}

TEST_P(JobQueueContract, TheLongestDueComesFirst) {
    for (const std::uint32_t number : {3U, 1U, 2U}) {
        wait(queue().schedule(due(number, number)));
        world().pass_a_moment();
        world().pass_a_moment();
    }
    EXPECT_EQ(wait(queue().take_due(2)), (std::vector<JobId>{make_job_id(3), make_job_id(1)}));
    EXPECT_EQ(wait(queue().take_due(2)), (std::vector<JobId>{make_job_id(2)}));
}

TEST_P(JobQueueContract, AnIdStandsThereOnceAndTheLastWordCounts) {
    wait(queue().schedule(due(1, 1)));
    wait(queue().schedule(due(1, 1, kLater)));
    EXPECT_EQ(wait(queue().depth()).scheduled, 1U);
    EXPECT_TRUE(wait(queue().take_due(10)).empty());
    wait(queue().schedule(
        {{make_job_id(1), kLater}, {make_job_id(2), kLater}, {make_job_id(1), milliseconds(0)}}));
    EXPECT_EQ(wait(queue().take_due(10)), (std::vector<JobId>{make_job_id(1)}));
    EXPECT_EQ(wait(queue().depth()).scheduled, 1U);
}

TEST_P(JobQueueContract, RestoringAddsOnlyWhatIsAbsent) {
    wait(queue().schedule(due(1, 2, kLater)));
    EXPECT_EQ(wait(queue().restore(due(1, 4))), 2U);
    const auto taken = wait(queue().take_due(10)); // 1 and 2 keep their times
    EXPECT_EQ(std::set<JobId>(taken.begin(), taken.end()),
              (std::set<JobId>{make_job_id(3), make_job_id(4)}));
    EXPECT_EQ(wait(queue().restore(due(1, 2))), 0U);
    EXPECT_EQ(wait(queue().restore({})), 0U);
}

TEST_P(JobQueueContract, DeadLettersAreCountedOnce) {
    wait(queue().bury({make_job_id(1), make_job_id(2)}));
    wait(queue().bury({make_job_id(2)}));
    const auto depth = wait(queue().depth());
    EXPECT_EQ(depth.dead, 2U);
    EXPECT_EQ(depth.scheduled, 0U);
    EXPECT_TRUE(wait(queue().take_due(10)).empty());
}

TEST_P(JobQueueContract, EmptyCalls) {
    wait(queue().schedule({}));
    wait(queue().bury({}));
    EXPECT_TRUE(wait(queue().take_due(0)).empty());
    EXPECT_EQ(wait(queue().depth()).scheduled, 0U);
}

TEST_P(JobQueueContract, MoreThanOneCallTakes) {
    wait(queue().schedule(due(1, 2'500)));
    EXPECT_EQ(wait(other().restore(due(1, 2'600))), 100U);
    EXPECT_EQ(wait(queue().depth()).scheduled, 2'600U);
    EXPECT_EQ(wait(other().take_due(3'000)).size(), 2'600U);
}

TEST_P(JobQueueContract, TwoTakersNeverShareAnId) {
    constexpr std::uint32_t kJobs = 500;
    wait(queue().schedule(due(1, kJobs)));
    std::size_t failures = 0;
    std::multiset<JobId> taken;
    base::TaskGroup group(io().get_executor(),
                          [&](std::string_view, const std::exception_ptr&) { ++failures; });
    struct Taker {
        static base::Task<void> take(jobs::JobQueue* queue, std::multiset<JobId>* found) {
            for (;;) {
                const auto some = co_await queue->take_due(7);
                found->insert(some.begin(), some.end());
                if (some.empty()) {
                    break;
                }
            }
        }
    };
    for (auto* each : {&queue(), &other(), &queue(), &other()}) {
        group.spawn("take", Taker::take(each, &taken));
    }
    wait(group.join());
    EXPECT_EQ(failures, 0U);
    EXPECT_EQ(taken.size(), kJobs);
    EXPECT_EQ(std::set<JobId>(taken.begin(), taken.end()).size(), kJobs);
}

} // namespace relay::test
