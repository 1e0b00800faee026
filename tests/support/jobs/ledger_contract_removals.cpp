// What a RetentionLedger promises, and what the ledger says of jobs whose rows were removed.

#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/retention_ledger.hpp"
#include "support/jobs/jobs.hpp"
#include "support/jobs/ledger_contract.hpp"

#include <chrono>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

namespace relay::test {

using jobs::Ending;
using jobs::InsertOutcome;
using jobs::JobId;
using jobs::JobStatus;
using jobs::NewJob;

namespace {

constexpr std::chrono::hours kAge{1};

/// The same withdraw as `number`, posted as another job.
NewJob again(std::uint32_t number, std::uint32_t id) {
    NewJob job = make_new_job(number);
    job.id = make_job_id(id);
    return job;
}

NewJob with_other_outputs(std::uint32_t number, std::uint32_t id) {
    NewJob job = again(number, id);
    job.withdraw.outputs_hash[0] ^= 1;
    return job;
}

} // namespace

TEST_P(LedgerContract, OfARemovedCompletedJobStaysWhatIsToldOfIt) {
    insert(1, 1);
    const auto job = claim_one(1);
    ASSERT_TRUE(save(job, 1));
    ASSERT_TRUE(complete(job, 1));
    world().age(job.id);
    const auto before = view(1);
    const auto removal = wait(world().retention().remove(Ending::Completed, kAge, 10));
    EXPECT_EQ(removal.ids, std::vector{job.id});
    EXPECT_FALSE(removal.more);
    const auto after = view(1);
    EXPECT_EQ(after.status, JobStatus::Completed);
    EXPECT_EQ(after.tx_id, make_signature(1));
    EXPECT_EQ(after.slot, before.slot);
    EXPECT_EQ(after.retry_count, before.retry_count);
    EXPECT_EQ(after.created_at, before.created_at);
    EXPECT_EQ(after.started_at, before.started_at);
    EXPECT_EQ(after.updated_at, before.updated_at);
    EXPECT_EQ(after.completed_at, before.completed_at);
    EXPECT_FALSE(after.error || after.due || after.next_attempt_at);
    EXPECT_TRUE(wait(ledger().claim({job.id}, kLease)).empty());
    EXPECT_TRUE(wait(ledger().due_times({job.id})).empty());
    EXPECT_FALSE(complete(job, 2));
    EXPECT_FALSE(fail(job));
}

TEST_P(LedgerContract, ARemovedCompletedJobsWithdrawIsKnownAgainForEver) {
    insert(1, 2);
    for (const std::uint32_t number : {1, 2}) {
        ASSERT_TRUE(complete(claim_one(number), number));
        world().age(make_job_id(number));
    }
    EXPECT_EQ(wait(world().retention().remove(Ending::Completed, kAge, 10)).ids.size(), 2U);
    const auto outcomes = wait(
        ledger().insert({again(1, 11), with_other_outputs(1, 12), make_new_job(3), again(2, 13)}));
    EXPECT_EQ(outcomes.at(0).kind, InsertOutcome::Kind::Duplicate);
    EXPECT_EQ(outcomes.at(0).id, make_job_id(1));
    EXPECT_EQ(outcomes.at(0).status, JobStatus::Completed);
    EXPECT_EQ(outcomes.at(1).kind, InsertOutcome::Kind::Conflict);
    EXPECT_EQ(outcomes.at(1).id, make_job_id(1));
    EXPECT_EQ(outcomes.at(2).kind, InsertOutcome::Kind::Accepted);
    EXPECT_EQ(outcomes.at(3).kind, InsertOutcome::Kind::Duplicate);
    EXPECT_EQ(outcomes.at(3).id, make_job_id(2));
    EXPECT_FALSE(wait(ledger().find({make_job_id(11)})).at(0));
}

TEST_P(LedgerContract, OfARemovedFailedJobNothingStays) {
    insert(1, 1);
    const auto job = claim_one(1);
    ASSERT_TRUE(save(job, 1));
    ASSERT_TRUE(fail(job));
    world().age(job.id);
    EXPECT_TRUE(wait(world().retention().remove(Ending::Completed, kAge, 10)).ids.empty());
    EXPECT_EQ(wait(world().retention().remove(Ending::Failed, kAge, 10)).ids, std::vector{job.id});
    EXPECT_FALSE(wait(ledger().find({job.id})).at(0));
    EXPECT_EQ(wait(ledger().count()).failed, 0U);
    EXPECT_TRUE(wait(ledger().walk_dead_letters({}, 10)).letters.empty());
    EXPECT_FALSE(fail(job)); // nobody asks so late
    EXPECT_EQ(wait(ledger().insert({with_other_outputs(1, 2)})).at(0).kind,
              InsertOutcome::Kind::Accepted);
}

TEST_P(LedgerContract, WhatIsLiveYoungOrNotFinalStays) {
    insert(1, 5);
    claim_one(2);
    ASSERT_TRUE(complete(claim_one(3), 3));
    ASSERT_TRUE(fail(claim_one(4)));
    const auto paid = claim_one(5);
    ASSERT_TRUE(
        wait(ledger().complete({{{paid.id, paid.lease}, make_signature(5), {77}, /*final=*/false}}))
            .at(0));
    for (const std::uint32_t number : {1, 2, 5}) {
        world().age(make_job_id(number));
    }
    for (const auto ending : {Ending::Completed, Ending::Failed}) {
        EXPECT_TRUE(wait(world().retention().remove(ending, kAge, 10)).ids.empty());
    }
    for (std::uint32_t number = 1; number <= 5; ++number) {
        EXPECT_TRUE(wait(ledger().find({make_job_id(number)})).at(0)) << number;
    }
}

TEST_P(LedgerContract, RemovalsTakeSoManyAndSayWhetherThereMayBeMore) {
    insert(1, 5);
    for (std::uint32_t number = 1; number <= 5; ++number) {
        ASSERT_TRUE(fail(claim_one(number)));
        world().age(make_job_id(number));
        world().pass_a_moment();
    }
    std::vector<JobId> gone;
    for (int round = 0; round < 2; ++round) {
        const auto removal = wait(world().retention().remove(Ending::Failed, kAge, 2));
        EXPECT_EQ(removal.ids.size(), 2U);
        EXPECT_TRUE(removal.more);
        gone.insert(gone.end(), removal.ids.begin(), removal.ids.end());
    }
    const auto last = wait(world().retention().remove(Ending::Failed, kAge, 2));
    EXPECT_FALSE(last.more);
    gone.insert(gone.end(), last.ids.begin(), last.ids.end());
    EXPECT_EQ(gone, ids(1, 5));
}

} // namespace relay::test
