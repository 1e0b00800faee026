#include "support/jobs/ledger_contract.hpp"

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/units.hpp"
#include "support/base/run_task.hpp"
#include "support/jobs/jobs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::test {

using jobs::GiveBack;
using jobs::InsertOutcome;
using jobs::Job;
using jobs::JobError;
using jobs::JobId;
using jobs::JobStatus;
using jobs::JobView;
using jobs::KeepTransaction;
using jobs::NewJob;
using std::chrono::milliseconds;

std::vector<JobId> LedgerContract::ids(std::uint32_t first, std::uint32_t last) {
    std::vector<JobId> all;
    for (auto number = first; number <= last; ++number) {
        all.push_back(make_job_id(number));
    }
    return all;
}

JobError LedgerContract::some_error() {
    return {"root_not_found", "the \"root\", \\ and 'quotes', and a line\nbreak"};
}

void LedgerContract::insert(std::uint32_t first, std::uint32_t last) {
    std::vector<NewJob> jobs;
    for (auto number = first; number <= last; ++number) {
        jobs.push_back(make_new_job(number));
    }
    for (const auto& outcome : wait(ledger().insert(std::move(jobs)))) {
        ASSERT_EQ(outcome.kind, InsertOutcome::Kind::Accepted);
    }
}

Job LedgerContract::claim_one(std::uint32_t number, milliseconds lease) {
    auto claimed = wait(ledger().claim({make_job_id(number)}, lease));
    if (claimed.size() != 1) {
        throw std::runtime_error("the job could not be claimed");
    }
    return std::move(claimed.front());
}

Job LedgerContract::claim_when_due(std::uint32_t number, milliseconds lease) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (std::chrono::steady_clock::now() < deadline) {
        world_->pass_a_moment();
        auto claimed = wait(ledger().claim({make_job_id(number)}, lease));
        if (!claimed.empty()) {
            return std::move(claimed.front());
        }
    }
    throw std::runtime_error("the job never fell due");
}

JobView LedgerContract::view(std::uint32_t number) {
    return wait(ledger().find({make_job_id(number)})).at(0).value();
}

bool LedgerContract::save(const Job& job, std::uint32_t transaction) {
    return wait(ledger().save_transactions({{{job.id, job.lease}, make_transaction(transaction)}}))
        .at(0);
}

bool LedgerContract::give_back(const Job& job, GiveBack back) {
    back.claim = {job.id, job.lease};
    return wait(ledger().give_back({std::move(back)})).at(0);
}

bool LedgerContract::complete(const Job& job, std::uint32_t signature) {
    return wait(ledger().complete({{{job.id, job.lease}, make_signature(signature), {77}}})).at(0);
}

bool LedgerContract::fail(const Job& job) {
    return wait(ledger().fail({{{job.id, job.lease}, some_error()}})).at(0);
}

TEST_P(LedgerContract, LargeBatches) {
    insert(1, 300);
    EXPECT_EQ(wait(ledger().count()).queued, 300U);
    EXPECT_EQ(wait(ledger().claim(ids(1, 300), kLease)).size(), 300U);
}

TEST_P(LedgerContract, EmptyBatches) {
    EXPECT_TRUE(wait(ledger().insert({})).empty());
    EXPECT_TRUE(wait(ledger().claim({}, kLease)).empty());
    EXPECT_TRUE(wait(ledger().claim_due(5, kLease)).empty());
    EXPECT_TRUE(wait(ledger().find({})).empty());
    EXPECT_TRUE(wait(ledger().due_times({})).empty());
    EXPECT_TRUE(wait(ledger().renew({}, kLease)).empty());
    EXPECT_TRUE(wait(ledger().give_back({})).empty());
}

TEST_P(LedgerContract, AProbeLeavesNothing) {
    insert(1, 2);
    wait(ledger().probe());
    wait(other().probe());
    EXPECT_EQ(wait(ledger().count()).live(), 2U);
    EXPECT_EQ(wait(ledger().claim_due(10, kLease)).size(), 2U);
    EXPECT_TRUE(wait(ledger().walk_dead_letters({}, 10)).letters.empty());
}

TEST_P(LedgerContract, DeadLettersComeByTheTimeTheyFailedAPageAtATime) {
    insert(1, 4);
    for (const auto number : {3U, 1U, 2U}) {
        ASSERT_TRUE(fail(claim_one(number)));
        world().pass_a_moment();
    }
    EXPECT_EQ(wait(ledger().count()).failed, 3U);
    const auto first = wait(ledger().walk_dead_letters({}, 2));
    ASSERT_EQ(first.letters.size(), 2U);
    EXPECT_EQ(first.letters[0].id, make_job_id(3));
    EXPECT_EQ(first.letters[1].id, make_job_id(1));
    EXPECT_GE(first.letters[0].age, first.letters[1].age);
    ASSERT_TRUE(first.next.has_value());
    const auto rest = wait(ledger().walk_dead_letters(*first.next, 2));
    ASSERT_EQ(rest.letters.size(), 1U);
    EXPECT_EQ(rest.letters[0].id, make_job_id(2));
    EXPECT_FALSE(rest.next.has_value());
}

// claim

TEST_P(LedgerContract, AClaimMakesTheJobProcessing) {
    insert(1, 1);
    const Job job = claim_one(1);
    EXPECT_EQ(job.id, make_job_id(1));
    EXPECT_NE(job.lease, jobs::Lease{});
    EXPECT_EQ(job.retry_count, 0);
    EXPECT_FALSE(job.transaction.has_value());
    EXPECT_FALSE(job.transaction_refused);
    EXPECT_TRUE(job.earlier_signatures.empty());
    EXPECT_GE(job.age, milliseconds(0));
    EXPECT_LT(job.age, std::chrono::minutes(1));
    const JobView stored = view(1);
    EXPECT_EQ(stored.status, JobStatus::Processing);
    EXPECT_TRUE(stored.started_at.has_value());
    EXPECT_FALSE(stored.next_attempt_at.has_value());
}

TEST_P(LedgerContract, ClaimsOnlyWhatIsLiveAndDue) {
    insert(1, 5);
    const Job done = claim_one(1);
    ASSERT_TRUE(complete(done, 1));
    ASSERT_TRUE(fail(claim_one(2)));
    claim_one(3);
    ASSERT_TRUE(give_back(claim_one(4), {.delay = std::chrono::minutes(5)}));
    const auto claimed = wait(ledger().claim(ids(1, 6), kLease));
    ASSERT_EQ(claimed.size(), 1U);
    EXPECT_EQ(claimed[0].id, make_job_id(5));
}

TEST_P(LedgerContract, ARunOutLeaseMayBeClaimedAnew) {
    insert(1, 1);
    const Job first = claim_one(1, kTinyLease);
    const auto started_at = view(1).started_at;
    const Job second = claim_when_due(1);
    EXPECT_NE(first.lease, second.lease);
    EXPECT_EQ(view(1).started_at, started_at);
    EXPECT_TRUE(wait(ledger().claim(ids(1, 1), kLease)).empty());
}

TEST_P(LedgerContract, ClaimDueTakesTheLongestDueFirst) {
    insert(1, 1);
    world().pass_a_moment();
    insert(2, 2);
    world().pass_a_moment();
    insert(3, 3);
    auto first = wait(ledger().claim_due(2, kLease));
    std::ranges::sort(first, {}, &Job::id);
    ASSERT_EQ(first.size(), 2U);
    EXPECT_EQ(first[0].id, make_job_id(1));
    EXPECT_EQ(first[1].id, make_job_id(2));
    const auto rest = wait(ledger().claim_due(9, kLease));
    ASSERT_EQ(rest.size(), 1U);
    EXPECT_EQ(rest[0].id, make_job_id(3));
    EXPECT_EQ(rest[0].withdraw, make_withdraw(3));
}

TEST_P(LedgerContract, ClaimDueTakesRunOutLeasesToo) {
    insert(1, 1);
    claim_one(1, kTinyLease);
    std::vector<Job> claimed;
    for (int tries = 0; tries < 10'000 && claimed.empty(); ++tries) {
        world().pass_a_moment();
        claimed = wait(other().claim_due(1, kLease));
    }
    ASSERT_EQ(claimed.size(), 1U);
}

TEST_P(LedgerContract, TwoClaimersNeverShareAJob) {
    constexpr std::uint32_t kJobs = 120;
    insert(1, kJobs);
    std::vector<std::string> failures;
    base::SteadyClock clock(io().get_executor());
    base::TaskGroup group(clock, [&](std::string_view, const std::exception_ptr&) {
        failures.emplace_back("a claimer failed");
    });
    std::multiset<JobId> claimed;
    struct Claimer {
        static base::Task<void> by_id(jobs::Ledger* ledger, std::multiset<JobId>* found) {
            for (const auto& job : co_await ledger->claim(ids(1, kJobs), kLease)) {
                found->insert(job.id);
            }
        }
        static base::Task<void> by_due_time(jobs::Ledger* ledger, std::multiset<JobId>* found) {
            for (;;) {
                const auto some = co_await ledger->claim_due(7, kLease);
                for (const auto& job : some) {
                    found->insert(job.id);
                }
                if (some.empty()) {
                    break;
                }
            }
        }
    };
    for (auto* each : {&ledger(), &other()}) {
        group.spawn("by due time", Claimer::by_due_time(each, &claimed));
        group.spawn("by id", Claimer::by_id(each, &claimed));
        group.spawn("by due time", Claimer::by_due_time(each, &claimed));
    }
    wait(group.join());
    EXPECT_TRUE(failures.empty());
    // Rows that were locked as another looked are skipped: they are claimed now.
    for (const auto& job : wait(ledger().claim(ids(1, kJobs), kLease))) {
        claimed.insert(job.id);
    }
    EXPECT_EQ(claimed.size(), kJobs);
    EXPECT_EQ(std::set<JobId>(claimed.begin(), claimed.end()).size(), kJobs);
}

} // namespace relay::test
