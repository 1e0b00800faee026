// Of the contract: what is asked before a withdraw is refused, and how what waits is hurried.

#include "support/jobs/ledger_contract.hpp"

#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/solana/shield_pool.hpp"
#include "support/jobs/jobs.hpp"
#include "support/solana/samples.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

namespace relay::test {

using jobs::GiveBack;
using jobs::InsertOutcome;
using jobs::Job;
using jobs::JobStatus;
using jobs::NewJob;
using std::chrono::milliseconds;
using Kind = InsertOutcome::Kind;

namespace {

/// Under an id that no job has, as one that is to be accepted.
NewJob newcomer(solana::Withdraw withdraw) {
    NewJob job;
    job.id = make_job_id(1'000);
    job.withdraw = std::move(withdraw);
    return job;
}

solana::Withdraw other_of_the_same_nullifier(std::uint32_t number) {
    auto withdraw = make_withdraw(number);
    withdraw.root[9] ^= 1;
    return withdraw;
}

GiveBack waiting(const Job& job, milliseconds delay = std::chrono::hours(1)) {
    GiveBack back;
    back.claim = {job.id, job.lease};
    back.delay = delay;
    back.error = jobs::JobError{"root_not_found", "not there"};
    return back;
}

} // namespace

TEST_P(LedgerContract, ANullifiersHolderIsWhoAnInsertWouldName) {
    const auto holder = [this](solana::Withdraw withdraw) {
        std::vector<NewJob> asked(1, newcomer(std::move(withdraw)));
        return wait(other().find_holders(std::move(asked))).at(0);
    };
    EXPECT_FALSE(holder(make_withdraw(1)));
    insert(1, 2);
    for (const auto status : {JobStatus::Queued, JobStatus::Processing, JobStatus::Completed}) {
        if (status == JobStatus::Processing) {
            claim_one(1);
        } else if (status == JobStatus::Completed) {
            ASSERT_TRUE(complete(claim_one(2), 2));
        }
        const std::uint32_t number = status == JobStatus::Completed ? 2 : 1;
        const auto same = holder(make_withdraw(number));
        ASSERT_TRUE(same.has_value());
        EXPECT_EQ(same->kind, Kind::Duplicate);
        EXPECT_EQ(same->id, make_job_id(number));
        EXPECT_EQ(same->status, status);
        const auto conflict = holder(other_of_the_same_nullifier(number));
        ASSERT_TRUE(conflict.has_value());
        EXPECT_EQ(conflict->kind, Kind::Conflict);
        EXPECT_EQ(conflict->id, make_job_id(number));
    }
    EXPECT_FALSE(holder(make_withdraw(3))) << "asking must write nothing";
}

TEST_P(LedgerContract, AFailedJobHoldsNoNullifier) {
    insert(1, 1);
    ASSERT_TRUE(fail(claim_one(1)));
    EXPECT_FALSE(wait(ledger().find_holders({newcomer(make_withdraw(1))})).at(0));
}

TEST_P(LedgerContract, HoldersAreToldInTheOrderAsked) {
    insert(1, 1);
    std::vector<NewJob> asked;
    for (const std::uint32_t number : {2U, 1U, 3U}) {
        asked.push_back(newcomer(make_withdraw(number)));
        asked.back().id = make_job_id(1'000 + number);
    }
    const auto holders = wait(ledger().find_holders(std::move(asked)));
    ASSERT_EQ(holders.size(), 3U);
    EXPECT_FALSE(holders[0]);
    EXPECT_TRUE(holders[1]);
    EXPECT_FALSE(holders[2]);
    EXPECT_TRUE(wait(ledger().find_holders({})).empty());
}

TEST_P(LedgerContract, WhatWaitsIsDueOnceItIsHurried) {
    insert(1, 1);
    const auto job = claim_one(1);
    ASSERT_TRUE(wait(ledger().give_back({waiting(job)})).at(0));
    EXPECT_TRUE(wait(ledger().claim(ids(1, 1), kLease)).empty());
    EXPECT_EQ(wait(other().hurry({{job.id, "root_not_found"}})), std::vector<bool>{true});
    EXPECT_EQ(wait(ledger().hurry({{job.id, "root_not_found"}})), std::vector<bool>{false});
    EXPECT_EQ(view(1).retry_count, 0);
    EXPECT_EQ(claim_one(1).id, job.id);
}

TEST_P(LedgerContract, NothingElseIsHurried) {
    insert(1, 5);
    ASSERT_TRUE(wait(ledger().give_back({waiting(claim_one(1))})).at(0));
    claim_one(2);
    ASSERT_TRUE(complete(claim_one(3), 3));
    ASSERT_TRUE(fail(claim_one(4)));
    const auto hurried = wait(ledger().hurry({{make_job_id(1), "another_code"},
                                              {make_job_id(2), "root_not_found"},
                                              {make_job_id(3), "root_not_found"},
                                              {make_job_id(4), some_error().code},
                                              {make_job_id(5), "root_not_found"},
                                              {make_job_id(9), "root_not_found"}}));
    EXPECT_EQ(hurried, std::vector<bool>(6, false));
    EXPECT_TRUE(wait(ledger().claim(ids(1, 4), kLease)).empty());
    EXPECT_TRUE(wait(ledger().hurry({})).empty());
}

TEST_P(LedgerContract, WhatWaitsForARootIsCountedApart) {
    insert(1, 1);
    ASSERT_TRUE(wait(ledger().give_back({waiting(claim_one(1))})).at(0));
    for (int turn = 0; turn < 3; ++turn) {
        world().pass_a_moment();
    }
    const auto counts = wait(ledger().count());
    EXPECT_GT(counts.oldest_age, milliseconds(0));
    EXPECT_EQ(counts.oldest_age_but_root, milliseconds(0));
}

} // namespace relay::test
