// What the contract says of new jobs.

#include "support/jobs/ledger_contract.hpp"

#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "support/jobs/jobs.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace relay::test {

using jobs::InsertOutcome;
using jobs::Job;
using jobs::JobStatus;
using jobs::JobView;
using jobs::NewJob;
using std::chrono::milliseconds;

namespace {

/// As make_new_job(number), under another id.
NewJob again(std::uint32_t number, std::uint32_t id) {
    return {make_job_id(id), make_withdraw(number)};
}

/// The nullifier of `number` with other public inputs.
NewJob conflicting(std::uint32_t number, std::uint32_t id) {
    NewJob job = again(number, id);
    job.withdraw.root[31] ^= 1;
    return job;
}

jobs::Lease first_lease(std::uint32_t number) {
    return {make_job_id(number).bytes};
}

NewJob with_head_start(std::uint32_t number, milliseconds lease = milliseconds(60'000)) {
    NewJob job = make_new_job(number);
    job.head_start = jobs::HeadStart{lease, first_lease(number), make_transaction(number)};
    return job;
}

} // namespace

TEST_P(LedgerContract, AnInsertedJobIsQueuedAndDueAtOnce) {
    const auto outcomes = wait(ledger().insert({make_new_job(1)}));
    ASSERT_EQ(outcomes.size(), 1U);
    EXPECT_EQ(outcomes[0].kind, InsertOutcome::Kind::Accepted);
    EXPECT_EQ(outcomes[0].id, make_job_id(1));
    EXPECT_EQ(outcomes[0].status, JobStatus::Queued);
    const JobView stored = view(1);
    EXPECT_EQ(stored.id, make_job_id(1));
    EXPECT_EQ(stored.status, JobStatus::Queued);
    EXPECT_EQ(stored.retry_count, 0);
    EXPECT_EQ(stored.next_attempt_at, stored.created_at);
    EXPECT_FALSE(stored.started_at || stored.completed_at || stored.tx_id || stored.slot ||
                 stored.error);
    EXPECT_EQ(claim_one(1).withdraw, make_withdraw(1));
}

TEST_P(LedgerContract, AHeadStartIsAClaimWithItsTransaction) {
    const auto outcome = wait(ledger().insert({with_head_start(1)})).at(0);
    EXPECT_EQ(outcome.kind, InsertOutcome::Kind::Accepted);
    EXPECT_EQ(outcome.status, JobStatus::Processing);
    const JobView stored = view(1);
    EXPECT_EQ(stored.status, JobStatus::Processing);
    EXPECT_EQ(stored.started_at, stored.created_at);
    EXPECT_FALSE(stored.next_attempt_at || stored.completed_at || stored.tx_id || stored.error);
    EXPECT_TRUE(wait(other().claim(ids(1, 1), kLease)).empty());
    EXPECT_TRUE(wait(other().claim_due(5, kLease)).empty());
    EXPECT_FALSE(save({.id = make_job_id(1), .lease = {}}, 9));
    ASSERT_TRUE(complete({.id = make_job_id(1), .lease = first_lease(1)}, 1));
    EXPECT_EQ(view(1).tx_id, make_signature(1));
}

TEST_P(LedgerContract, WhoTakesUpAHeadStartThatRanOutFindsItsTransaction) {
    wait(ledger().insert({with_head_start(1, kTinyLease)}));
    const Job job = claim_when_due(1);
    EXPECT_EQ(job.withdraw, make_withdraw(1));
    ASSERT_TRUE(job.transaction.has_value());
    EXPECT_EQ(job.transaction->signature, make_transaction(1).signature);
    EXPECT_EQ(job.transaction->wire, make_transaction(1).wire);
    EXPECT_EQ(job.transaction->last_valid_block_height.value,
              make_transaction(1).last_valid_block_height.value);
    EXPECT_EQ(job.transaction->blockhash_slot, make_transaction(1).blockhash_slot);
    EXPECT_TRUE(job.earlier_signatures.empty());
    EXPECT_FALSE(job.transaction_refused);
    EXPECT_EQ(job.retry_count, 0);
    EXPECT_FALSE(complete({.id = job.id, .lease = first_lease(1)}, 9));
    EXPECT_TRUE(complete(job, 1));
}

TEST_P(LedgerContract, ABatchMixesHeadStartsAndOthers) {
    const auto outcomes =
        wait(ledger().insert({make_new_job(3), with_head_start(2), make_new_job(1)}));
    ASSERT_EQ(outcomes.size(), 3U);
    EXPECT_EQ(outcomes[0].status, JobStatus::Queued);
    EXPECT_EQ(outcomes[1].status, JobStatus::Processing);
    EXPECT_EQ(outcomes[2].status, JobStatus::Queued);
    EXPECT_EQ(wait(ledger().claim(ids(1, 3), kLease)).size(), 2U);
    EXPECT_EQ(view(2).status, JobStatus::Processing);
    ASSERT_TRUE(give_back({.id = make_job_id(2), .lease = first_lease(2)}));
    EXPECT_EQ(claim_one(2).transaction.value().signature, make_transaction(2).signature);
}

TEST_P(LedgerContract, AHeadStartThatIsNotAcceptedLeavesNothing) {
    wait(ledger().insert({with_head_start(1, kTinyLease)}));
    NewJob duplicate = with_head_start(1);
    duplicate.id = make_job_id(2);
    NewJob conflict = with_head_start(1);
    conflict.id = make_job_id(3);
    conflict.withdraw.root[31] ^= 1;
    conflict.head_start->transaction = make_transaction(3);
    const auto outcomes = wait(ledger().insert({duplicate, conflict}));
    ASSERT_EQ(outcomes.size(), 2U);
    EXPECT_EQ(outcomes[0].kind, InsertOutcome::Kind::Duplicate);
    EXPECT_EQ(outcomes[0].id, make_job_id(1));
    EXPECT_EQ(outcomes[0].status, JobStatus::Processing);
    EXPECT_EQ(outcomes[1].kind, InsertOutcome::Kind::Conflict);
    EXPECT_FALSE(wait(ledger().find({make_job_id(2)})).at(0).has_value());
    const Job job = claim_when_due(1);
    EXPECT_EQ(job.transaction.value().signature, make_transaction(1).signature);
    EXPECT_TRUE(job.earlier_signatures.empty());
}

TEST_P(LedgerContract, TheSameWithdrawIsADuplicateOfTheFirst) {
    insert(1, 1);
    const auto expect_duplicate = [&](JobStatus status) {
        const auto outcome = wait(ledger().insert({again(1, 2)})).at(0);
        EXPECT_EQ(outcome.kind, InsertOutcome::Kind::Duplicate);
        EXPECT_EQ(outcome.id, make_job_id(1));
        EXPECT_EQ(outcome.status, status);
    };
    expect_duplicate(JobStatus::Queued);
    const Job job = claim_one(1);
    expect_duplicate(JobStatus::Processing);
    ASSERT_TRUE(save(job, 1));
    ASSERT_TRUE(complete(job, 1));
    expect_duplicate(JobStatus::Completed);
    EXPECT_FALSE(wait(ledger().find({make_job_id(2)})).at(0).has_value());
}

TEST_P(LedgerContract, ADuplicateMayCarryAnotherProof) {
    insert(1, 1);
    NewJob job = again(1, 2);
    job.withdraw.proof[7] ^= 1;
    EXPECT_EQ(wait(ledger().insert({job})).at(0).kind, InsertOutcome::Kind::Duplicate);
}

TEST_P(LedgerContract, TheSameNullifierWithOtherInputsConflicts) {
    insert(1, 1);
    const auto outcome = wait(ledger().insert({conflicting(1, 2)})).at(0);
    EXPECT_EQ(outcome.kind, InsertOutcome::Kind::Conflict);
    EXPECT_EQ(outcome.id, make_job_id(1));
    EXPECT_FALSE(wait(ledger().find({make_job_id(2)})).at(0).has_value());
}

TEST_P(LedgerContract, AnArchivedJobsNullifierStaysSpent) {
    insert(1, 1);
    const Job job = claim_one(1);
    ASSERT_TRUE(save(job, 1));
    ASSERT_TRUE(complete(job, 1));
    world().archive(make_job_id(1));
    for (const auto& late : {again(1, 2), conflicting(1, 3)}) {
        const auto outcome = wait(ledger().insert({late})).at(0);
        EXPECT_EQ(outcome.kind, InsertOutcome::Kind::Conflict);
        EXPECT_EQ(outcome.id, make_job_id(1));
        EXPECT_EQ(outcome.status, JobStatus::Completed);
    }
}

TEST_P(LedgerContract, AfterAFailureTheNullifierMayBePostedAnew) {
    insert(1, 1);
    ASSERT_TRUE(fail(claim_one(1)));
    EXPECT_EQ(wait(ledger().insert({conflicting(1, 2)})).at(0).kind, InsertOutcome::Kind::Accepted);
    EXPECT_EQ(wait(ledger().insert({again(1, 3)})).at(0).kind, InsertOutcome::Kind::Conflict);
    EXPECT_EQ(view(1).status, JobStatus::Failed);
    EXPECT_EQ(view(2).status, JobStatus::Queued);
}

TEST_P(LedgerContract, OneNullifierTwiceInABatchIsAcceptedOnce) {
    const auto outcomes = wait(ledger().insert({make_new_job(1), again(1, 2), make_new_job(3)}));
    ASSERT_EQ(outcomes.size(), 3U);
    EXPECT_EQ(outcomes[2].kind, InsertOutcome::Kind::Accepted);
    const auto winner = outcomes[0].kind == InsertOutcome::Kind::Accepted ? 0U : 1U;
    EXPECT_EQ(outcomes[winner].kind, InsertOutcome::Kind::Accepted);
    EXPECT_EQ(outcomes[1 - winner].kind, InsertOutcome::Kind::Duplicate);
    EXPECT_EQ(outcomes[1 - winner].id, outcomes[winner].id);
    EXPECT_EQ(wait(ledger().count()).queued, 2U);
}

TEST_P(LedgerContract, ABatchAnswersEachInOrder) {
    insert(5, 5);
    const auto outcomes =
        wait(ledger().insert({make_new_job(9), again(5, 6), make_new_job(1), conflicting(5, 7)}));
    ASSERT_EQ(outcomes.size(), 4U);
    EXPECT_EQ(outcomes[0].kind, InsertOutcome::Kind::Accepted);
    EXPECT_EQ(outcomes[0].id, make_job_id(9));
    EXPECT_EQ(outcomes[1].kind, InsertOutcome::Kind::Duplicate);
    EXPECT_EQ(outcomes[2].kind, InsertOutcome::Kind::Accepted);
    EXPECT_EQ(outcomes[2].id, make_job_id(1));
    EXPECT_EQ(outcomes[3].kind, InsertOutcome::Kind::Conflict);
}

TEST_P(LedgerContract, TheSameIdAgainIsTheSameInsert) {
    insert(1, 1);
    const auto outcome = wait(ledger().insert({make_new_job(1)})).at(0);
    EXPECT_EQ(outcome.kind, InsertOutcome::Kind::Accepted);
    EXPECT_EQ(outcome.id, make_job_id(1));
    EXPECT_EQ(wait(ledger().count()).queued, 1U);

    const std::vector<NewJob> twice(2, with_head_start(2));
    for (const auto& job : twice) {
        const auto again = wait(ledger().insert({job})).at(0);
        EXPECT_EQ(again.kind, InsertOutcome::Kind::Accepted);
        EXPECT_EQ(again.status, JobStatus::Processing);
    }
    EXPECT_EQ(wait(ledger().count()).processing, 1U);
}

} // namespace relay::test
