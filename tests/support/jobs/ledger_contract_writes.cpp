// The second half of the contract: what a claim may write, and what is read.

#include "support/jobs/ledger_contract.hpp"

#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/units.hpp"
#include "support/jobs/jobs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace relay::test {

using jobs::Failure;
using jobs::GiveBack;
using jobs::Job;
using jobs::JobError;
using jobs::JobId;
using jobs::JobStatus;
using jobs::JobView;
using jobs::KeepTransaction;
using std::chrono::milliseconds;

// Writes of a claim

TEST_P(LedgerContract, EveryWriteIsFencedByItsLease) {
    insert(1, 1);
    const Job lost = claim_one(1, kTinyLease);
    ASSERT_TRUE(save(lost, 1));
    const Job current = claim_when_due(1);
    const JobView before = view(1);
    EXPECT_FALSE(save(lost, 9));
    EXPECT_FALSE(complete(lost, 9));
    EXPECT_FALSE(give_back(lost, {.counts = true, .error = some_error()}));
    EXPECT_FALSE(fail(lost));
    EXPECT_FALSE(wait(ledger().renew({{lost.id, lost.lease}}, kLease)).at(0));
    EXPECT_FALSE(save({.id = lost.id, .lease = {}}, 9));
    const JobView after = view(1);
    EXPECT_EQ(after.status, JobStatus::Processing);
    EXPECT_EQ(after.updated_at, before.updated_at);
    EXPECT_EQ(after.retry_count, 0);
    EXPECT_FALSE(after.error.has_value());
    ASSERT_TRUE(give_back(current));
    const Job next = claim_one(1);
    ASSERT_TRUE(next.transaction.has_value());
    EXPECT_EQ(next.transaction->signature, make_signature(1));
    EXPECT_TRUE(next.earlier_signatures.empty());
    // Once: the job has moved on.
    ASSERT_TRUE(complete(next, 1));
    EXPECT_FALSE(complete(next, 2));
    EXPECT_FALSE(give_back(next));
    EXPECT_FALSE(fail(next));
    EXPECT_EQ(view(1).status, JobStatus::Completed);
}

TEST_P(LedgerContract, ALostLeaseInABatchTouchesNoNeighbour) {
    insert(1, 3);
    const Job first = claim_one(1);
    const Job third = claim_one(3);
    const jobs::Lease wrong = first.lease;
    const auto saved =
        wait(ledger().save_transactions({{{third.id, third.lease}, make_transaction(3)},
                                         {{make_job_id(2), wrong}, make_transaction(2)},
                                         {{first.id, first.lease}, make_transaction(1)}}));
    EXPECT_EQ(saved, (std::vector<bool>{true, false, true}));
    const auto renewed = wait(ledger().renew(
        {{make_job_id(2), wrong}, {first.id, first.lease}, {third.id, third.lease}}, kLease));
    EXPECT_EQ(renewed, (std::vector<bool>{false, true, true}));
    const auto completed =
        wait(ledger().complete({{{make_job_id(2), wrong}, make_signature(2), {2}},
                                {{first.id, first.lease}, make_signature(1), {1}}}));
    EXPECT_EQ(completed, (std::vector<bool>{false, true}));
    GiveBack back;
    back.claim = {make_job_id(2), wrong};
    GiveBack good;
    good.claim = {third.id, third.lease};
    EXPECT_EQ(wait(ledger().give_back({back, good})), (std::vector<bool>{false, true}));
    const Job again_third = claim_one(3);
    EXPECT_EQ(wait(ledger().fail({{{make_job_id(2), wrong}, some_error()},
                                  {{again_third.id, again_third.lease}, some_error()}})),
              (std::vector<bool>{false, true}));
    EXPECT_EQ(view(1).tx_id, make_signature(1));
    EXPECT_EQ(view(2).status, JobStatus::Queued);
    EXPECT_EQ(view(3).status, JobStatus::Failed);
}

TEST_P(LedgerContract, RenewingKeepsOthersAway) {
    insert(1, 1);
    const Job job = claim_one(1, kTinyLease);
    // Even a lease that has run out is the holder's until somebody else has claimed.
    EXPECT_TRUE(wait(ledger().renew({{job.id, job.lease}}, kLease)).at(0));
    world().pass_a_moment();
    EXPECT_TRUE(wait(other().claim(ids(1, 1), kLease)).empty());
    EXPECT_TRUE(wait(other().claim_due(1, kLease)).empty());
    EXPECT_TRUE(complete(job, 1));
}

TEST_P(LedgerContract, ASavedTransactionComesBackWithTheNextClaim) {
    insert(1, 1);
    const Job first = claim_one(1, kTinyLease);
    ASSERT_TRUE(save(first, 1));
    const Job second = claim_when_due(1, kTinyLease);
    ASSERT_TRUE(second.transaction.has_value());
    EXPECT_EQ(second.transaction->signature, make_transaction(1).signature);
    EXPECT_EQ(second.transaction->wire, make_transaction(1).wire);
    EXPECT_EQ(second.transaction->last_valid_block_height,
              make_transaction(1).last_valid_block_height);
    EXPECT_EQ(second.transaction->blockhash_slot, make_transaction(1).blockhash_slot);
    EXPECT_FALSE(second.transaction_refused);
    EXPECT_TRUE(second.earlier_signatures.empty());
    ASSERT_TRUE(save(second, 2));
    const Job third = claim_when_due(1);
    ASSERT_TRUE(third.transaction.has_value());
    EXPECT_EQ(third.transaction->signature, make_signature(2));
    EXPECT_EQ(third.earlier_signatures, (std::vector<solana::Signature>{make_signature(1)}));
    EXPECT_FALSE(view(1).tx_id.has_value()); // saved is not landed
}

TEST_P(LedgerContract, CompletionTellsWhatLanded) {
    insert(1, 1);
    ASSERT_TRUE(give_back(claim_one(1), {.counts = true, .error = some_error()}));
    const Job job = claim_one(1);
    ASSERT_TRUE(save(job, 1));
    ASSERT_TRUE(complete(job, 1));
    const JobView stored = view(1);
    EXPECT_EQ(stored.status, JobStatus::Completed);
    EXPECT_EQ(stored.tx_id, make_signature(1));
    EXPECT_EQ(stored.slot, solana::Slot{77});
    EXPECT_TRUE(stored.completed_at.has_value());
    EXPECT_FALSE(stored.error.has_value());
    EXPECT_EQ(stored.retry_count, 1);
    EXPECT_FALSE(stored.next_attempt_at.has_value());
    EXPECT_EQ(wait(ledger().count()).live(), 0U);
    EXPECT_TRUE(wait(ledger().due_times(ids(1, 1))).empty());
}

TEST_P(LedgerContract, ARetryCountsAndWaits) {
    insert(1, 1);
    ASSERT_TRUE(give_back(claim_one(1), {.delay = std::chrono::minutes(5),
                                         .keep = KeepTransaction::Drop,
                                         .counts = true,
                                         .error = some_error()}));
    const JobView stored = view(1);
    EXPECT_EQ(stored.status, JobStatus::Queued);
    EXPECT_EQ(stored.retry_count, 1);
    EXPECT_EQ(stored.error, some_error());
    ASSERT_TRUE(stored.next_attempt_at.has_value());
    EXPECT_EQ(*stored.next_attempt_at - stored.updated_at, std::chrono::minutes(5));
    EXPECT_TRUE(wait(ledger().claim(ids(1, 1), kLease)).empty());
    const auto due = wait(ledger().due_times(ids(1, 2)));
    ASSERT_EQ(due.size(), 1U);
    EXPECT_GT(due[0].due_in, std::chrono::minutes(4));
    EXPECT_LE(due[0].due_in, std::chrono::minutes(5));
}

TEST_P(LedgerContract, GivingBackUntouchedCostsNothing) {
    insert(1, 1);
    ASSERT_TRUE(give_back(claim_one(1)));
    const JobView stored = view(1);
    EXPECT_EQ(stored.status, JobStatus::Queued);
    EXPECT_EQ(stored.retry_count, 0);
    EXPECT_FALSE(stored.error.has_value());
    EXPECT_TRUE(stored.started_at.has_value());
    ASSERT_TRUE(give_back(claim_one(1), {.error = some_error()})); // an outage: noted, not counted
    EXPECT_EQ(view(1).retry_count, 0);
    EXPECT_EQ(view(1).error, some_error());
    ASSERT_TRUE(give_back(claim_one(1)));
    EXPECT_EQ(view(1).error, some_error());
}

TEST_P(LedgerContract, WhatBecomesOfTheSavedTransaction) {
    insert(1, 1);
    const Job first = claim_one(1);
    ASSERT_TRUE(save(first, 1));

    ASSERT_TRUE(give_back(first, {.keep = KeepTransaction::Keep}));
    const Job kept = claim_one(1);
    ASSERT_TRUE(kept.transaction.has_value());
    EXPECT_FALSE(kept.transaction_refused);

    ASSERT_TRUE(give_back(kept, {.keep = KeepTransaction::KeepRefused}));
    const Job refused = claim_one(1, kTinyLease);
    ASSERT_TRUE(refused.transaction.has_value());
    EXPECT_EQ(refused.transaction->signature, make_signature(1));
    EXPECT_TRUE(refused.transaction_refused);

    // That claim may have sent it before it went away.
    const Job resumed = claim_when_due(1);
    ASSERT_TRUE(resumed.transaction.has_value());
    EXPECT_FALSE(resumed.transaction_refused);

    ASSERT_TRUE(give_back(resumed, {.keep = KeepTransaction::Drop}));
    const Job dropped = claim_one(1);
    EXPECT_FALSE(dropped.transaction.has_value());
    EXPECT_FALSE(dropped.transaction_refused);
    EXPECT_EQ(dropped.earlier_signatures, (std::vector<solana::Signature>{make_signature(1)}));

    ASSERT_TRUE(save(dropped, 2));
    ASSERT_TRUE(give_back(dropped, {.keep = KeepTransaction::KeepRefused}));
    const Job last = claim_one(1);
    ASSERT_TRUE(save(last, 3)); // another transaction: nothing refused that one
    ASSERT_TRUE(give_back(last));
    const Job next = claim_one(1);
    EXPECT_FALSE(next.transaction_refused);
    EXPECT_EQ(next.earlier_signatures,
              (std::vector<solana::Signature>{make_signature(1), make_signature(2)}));
}

TEST_P(LedgerContract, AFailedJobStaysFailed) {
    insert(1, 1);
    ASSERT_TRUE(give_back(claim_one(1), {.counts = true, .error = JobError{"other", "earlier"}}));
    ASSERT_TRUE(fail(claim_one(1)));
    const JobView stored = view(1);
    EXPECT_EQ(stored.status, JobStatus::Failed);
    EXPECT_EQ(stored.error, some_error());
    EXPECT_EQ(stored.retry_count, 1);
    EXPECT_FALSE(stored.tx_id || stored.completed_at || stored.next_attempt_at);
    EXPECT_TRUE(wait(ledger().claim(ids(1, 1), kLease)).empty());
    EXPECT_EQ(wait(ledger().count()).live(), 0U);
}

// The answer to an outcome was lost, so it is written again.
TEST_P(LedgerContract, AnOutcomeThatStandsIsConfirmed) {
    insert(1, 2);
    const Job completed = claim_one(1);
    const Job failed = claim_one(2);
    ASSERT_TRUE(complete(completed, 1));
    ASSERT_TRUE(fail(failed));
    const JobView before = view(2);
    EXPECT_TRUE(complete(completed, 1));
    EXPECT_TRUE(fail(failed));
    EXPECT_EQ(view(2).updated_at, before.updated_at);
    Failure other{{failed.id, failed.lease}, JobError{"another", "reason"}};
    EXPECT_FALSE(wait(ledger().fail({other})).at(0));
}

TEST_P(LedgerContract, ErrorTextsOfEverySort) {
    insert(1, 1);
    for (const std::string text : {"", "NULL", "{}", "\\", "\\\\x41", "\"", "a,b",
                                   "'; DROP TABLE jobs; --", "naïve ✓", "tab\tand\nline"}) {
        const JobError error{"code", text};
        ASSERT_TRUE(give_back(claim_one(1), {.error = error}));
        EXPECT_EQ(view(1).error, error);
    }
}

// What nodes and libraries say is not always text; it must not stop the job, nor its neighbours.
TEST_P(LedgerContract, ErrorTextsThatAreNoText) {
    insert(1, 2);
    const Job first = claim_one(1);
    const Job second = claim_one(2);
    GiveBack bad;
    bad.claim = {first.id, first.lease};
    bad.error = JobError{"code", "cut in a character: \xc3"};
    bad.counts = true;
    GiveBack good;
    good.claim = {second.id, second.lease};
    EXPECT_EQ(wait(ledger().give_back({bad, good})), (std::vector<bool>{true, true}));
    EXPECT_EQ(view(1).retry_count, 1);
}

// Reads

TEST_P(LedgerContract, FindAnswersInOrder) {
    insert(1, 3);
    const auto views =
        wait(ledger().find({make_job_id(3), make_job_id(8), make_job_id(1), make_job_id(3)}));
    ASSERT_EQ(views.size(), 4U);
    EXPECT_EQ(views[0].value().id, make_job_id(3));
    EXPECT_FALSE(views[1].has_value());
    EXPECT_EQ(views[2].value().id, make_job_id(1));
    EXPECT_EQ(views[3].value().id, make_job_id(3));
}

TEST_P(LedgerContract, DueTimesOfLiveJobsOnly) {
    insert(1, 4);
    ASSERT_TRUE(fail(claim_one(1)));
    ASSERT_TRUE(complete(claim_one(2), 2));
    claim_one(3);
    auto due = wait(ledger().due_times(ids(1, 5)));
    std::ranges::sort(due, {}, &jobs::DueJob::id);
    ASSERT_EQ(due.size(), 2U);
    EXPECT_EQ(due[0].id, make_job_id(3));
    EXPECT_GT(due[0].due_in, kLease / 2);
    EXPECT_LE(due[0].due_in, kLease);
    EXPECT_EQ(due[1].id, make_job_id(4));
    EXPECT_LE(due[1].due_in, milliseconds(0));
}

TEST_P(LedgerContract, CountsByStatusAndAge) {
    EXPECT_EQ(wait(ledger().count()).live(), 0U);
    insert(1, 5);
    claim_one(1);
    ASSERT_TRUE(fail(claim_one(2)));
    ASSERT_TRUE(give_back(claim_one(3), {.delay = std::chrono::minutes(5)}));
    jobs::JobCounts counts;
    for (int tries = 0; tries < 10'000 && counts.oldest_due.count() == 0; ++tries) {
        world().pass_a_moment();
        counts = wait(ledger().count());
    }
    EXPECT_EQ(counts.queued, 3U);
    EXPECT_EQ(counts.processing, 1U);
    EXPECT_EQ(counts.live(), 4U);
    EXPECT_GT(counts.oldest_due, milliseconds(0));
    EXPECT_LT(counts.oldest_due, std::chrono::minutes(1));
}

TEST_P(LedgerContract, NothingDueHasNoAge) {
    insert(1, 1);
    ASSERT_TRUE(give_back(claim_one(1), {.delay = std::chrono::minutes(5)}));
    EXPECT_EQ(wait(ledger().count()).oldest_due, milliseconds(0));
}

TEST_P(LedgerContract, AWalkMeetsEveryLiveJobOnce) {
    insert(1, 7);
    ASSERT_TRUE(complete(claim_one(2), 2));
    claim_one(3); // its lease is good: nothing for the schedule
    ASSERT_TRUE(give_back(claim_one(4), {.delay = std::chrono::minutes(5)}));
    claim_one(5, kTinyLease);
    while (wait(ledger().due_times({make_job_id(5)})).at(0).due_in > milliseconds(0)) {
        world().pass_a_moment();
    }
    std::vector<JobId> met;
    jobs::WalkPosition position;
    for (int pages = 0; pages < 10; ++pages) {
        const auto page = wait(ledger().walk(position, 2));
        EXPECT_LE(page.jobs.size(), 2U);
        for (const auto& job : page.jobs) {
            met.push_back(job.id);
            EXPECT_EQ(job.due_in > milliseconds(0), job.id == make_job_id(4));
        }
        if (!page.next) {
            break;
        }
        position = *page.next;
    }
    ASSERT_FALSE(met.empty());
    EXPECT_EQ(met.back(), make_job_id(4)); // by due time
    std::ranges::sort(met);
    EXPECT_EQ(met, (std::vector<JobId>{make_job_id(1), make_job_id(4), make_job_id(5),
                                       make_job_id(6), make_job_id(7)}));
}

TEST_P(LedgerContract, AWalkOverNothingEnds) {
    const auto page = wait(ledger().walk({}, 10));
    EXPECT_TRUE(page.jobs.empty());
    EXPECT_FALSE(page.next.has_value());
}

} // namespace relay::test
