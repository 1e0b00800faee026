// What an operator asks of the ledger in Postgres, and does to it.

#include "relay/jobs/operator_ledger.hpp"
#include "integration/postgres_database.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/fleet_state.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/postgres/ledger.hpp"
#include "relay/postgres/operator_ledger.hpp"
#include "support/base/run_task.hpp"
#include "support/jobs/jobs.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace relay::test {
namespace {

using jobs::FleetMode;
using jobs::FleetState;
using jobs::JobStatus;
using Kind = jobs::Intervention::Kind;

constexpr std::chrono::milliseconds kLease{60'000};

class OperatorLedgerTest : public testing::Test {
  protected:
    template <class T>
    T wait(base::Task<T> task) {
        return run_task(io_, std::move(task));
    }

    void insert(std::uint32_t number) { wait(ledger_->insert({make_new_job(number)})); }

    jobs::Job claim(std::uint32_t number) {
        auto claimed = wait(ledger_->claim({make_job_id(number)}, kLease));
        return std::move(claimed.at(0));
    }

    /// A job that failed with one transaction signed.
    void fail(std::uint32_t number, const std::string& code = "root_not_found") {
        const auto job = claim(number);
        wait(ledger_->save_transactions({{{job.id, job.lease}, make_transaction(number)}}));
        wait(ledger_->fail({{{job.id, job.lease}, {code, "for a test"}}}));
    }

    void make_failed(std::uint32_t number, const std::string& code = "root_not_found") {
        insert(number);
        fail(number, code);
    }

    std::vector<jobs::JobId> list(jobs::JobFilter filter) {
        std::vector<jobs::JobId> ids;
        for (const auto& job : wait(operators_->list(std::move(filter), std::nullopt, 100)).jobs) {
            ids.push_back(job.view.id);
        }
        return ids;
    }

    static std::vector<jobs::JobId> ids(const std::vector<std::uint32_t>& numbers) {
        std::vector<jobs::JobId> made;
        for (const auto number : numbers) {
            made.push_back(make_job_id(number));
        }
        return made;
    }

    static jobs::JobFilter of_status(JobStatus status) {
        jobs::JobFilter filter;
        filter.status = status;
        return filter;
    }
    static jobs::JobFilter of_code(const std::string& code) {
        jobs::JobFilter filter;
        filter.code = code;
        return filter;
    }
    static jobs::JobFilter dead() {
        jobs::JobFilter filter;
        filter.dead_letters = true;
        return filter;
    }

    jobs::Intervention retry(std::uint32_t number, bool dry_run = false) {
        return wait(operators_->retry(make_job_id(number), "admin", dry_run));
    }

    std::string status(std::uint32_t number) {
        return database_.execute("SELECT status FROM jobs WHERE request_id = '" +
                                 make_job_id(number).to_string() + "'");
    }

    boost::asio::io_context io_;
    PostgresDatabase database_;
    std::unique_ptr<jobs::Ledger> ledger_ = postgres::make_ledger(database_.settings());
    std::unique_ptr<jobs::OperatorLedger> operators_ =
        postgres::make_operator_ledger(database_.settings());
};

TEST_F(OperatorLedgerTest, ListsByEachFilterAndByAllTogether) {
    insert(1); // queued
    insert(2);
    const auto processing = claim(2);
    insert(3);
    const auto paid = claim(3);
    wait(ledger_->save_transactions({{{paid.id, paid.lease}, make_transaction(3)}}));
    wait(ledger_->complete({{{paid.id, paid.lease}, make_signature(3), {5}}}));
    make_failed(4);
    make_failed(5, "proof_invalid");
    EXPECT_EQ(list({}), ids({5, 4, 3, 2, 1}));
    EXPECT_EQ(list(of_status(JobStatus::Queued)), ids({1}));
    EXPECT_EQ(list(of_status(JobStatus::Processing)), ids({2}));
    EXPECT_EQ(list(of_status(JobStatus::Completed)), ids({3}));
    EXPECT_EQ(list(of_status(JobStatus::Failed)), ids({5, 4}));
    EXPECT_EQ(list(of_code("proof_invalid")), ids({5}));
    EXPECT_EQ(list(dead()), ids({5, 4}));
    for (std::uint32_t number = 1; number <= 5; ++number) {
        jobs::JobFilter filter;
        filter.nullifier = make_new_job(number).withdraw.nullifier;
        EXPECT_EQ(list(filter), ids({number}));
    }
    jobs::JobFilter filter;
    filter.signature = make_signature(4);
    EXPECT_EQ(list(filter), ids({4}));
    filter.code = "proof_invalid";
    EXPECT_TRUE(list(filter).empty());
    filter = of_status(JobStatus::Failed);
    filter.older_than = std::chrono::hours(1);
    EXPECT_TRUE(list(filter).empty());
    database_.execute(
        "UPDATE jobs SET created_at = created_at - interval '2 hours' WHERE "
        "request_id = '" +
        make_job_id(4).to_string() + "'");
    EXPECT_EQ(list(filter), ids({4}));
}

TEST_F(OperatorLedgerTest, PagesMissNothingAndRepeatNothingWhateverIsInsertedMeanwhile) {
    for (std::uint32_t number = 1; number <= 7; ++number) {
        insert(number);
    }
    std::vector<jobs::JobId> seen;
    std::optional<jobs::ListPosition> after;
    std::uint32_t later = 100;
    do {
        const auto page = wait(operators_->list({}, after, 3));
        for (const auto& job : page.jobs) {
            seen.push_back(job.view.id);
        }
        after = page.next;
        insert(later++);
    } while (after);
    EXPECT_EQ(seen, ids({7, 6, 5, 4, 3, 2, 1}));
}

TEST_F(OperatorLedgerTest, ReadsAllOfOneJobAndItsPayloadOnlyWhereAsked) {
    make_failed(1);
    EXPECT_FALSE(wait(operators_->read(make_job_id(2), true)));
    const auto record = wait(operators_->read(make_job_id(1), false));
    ASSERT_TRUE(record);
    EXPECT_EQ(record->job.view.status, JobStatus::Failed);
    EXPECT_EQ(record->job.nullifier, make_new_job(1).withdraw.nullifier);
    ASSERT_EQ(record->errors.size(), 1U);
    EXPECT_EQ(record->errors[0].error, (jobs::JobError{"root_not_found", "for a test"}));
    EXPECT_EQ(record->errors[0].signature, make_signature(1).to_string());
    ASSERT_EQ(record->transactions.size(), 1U);
    EXPECT_EQ(record->transactions[0].signature, make_signature(1));
    EXPECT_TRUE(record->transactions[0].kept);
    EXPECT_FALSE(record->withdraw);
    EXPECT_EQ(wait(operators_->read(make_job_id(1), true))->withdraw, make_new_job(1).withdraw);
}

TEST_F(OperatorLedgerTest, ARetryQueuesTheJobAnewWithAllThatItHadSigned) {
    make_failed(1);
    database_.execute("UPDATE jobs SET retry_count = 3");
    EXPECT_EQ(retry(1, /*dry_run=*/true).kind, Kind::Done);
    EXPECT_EQ(status(1), "failed");
    const auto done = retry(1);
    EXPECT_EQ(std::pair(done.kind, done.code),
              std::pair(Kind::Done, std::string("root_not_found")));
    EXPECT_TRUE(list(dead()).empty());
    auto job = claim(1);
    EXPECT_EQ(job.retry_count, 0);
    ASSERT_TRUE(job.transaction);
    EXPECT_EQ(job.transaction->signature, make_signature(1));
    EXPECT_TRUE(job.retried);
    // What is signed since is judged as any other.
    wait(ledger_->save_transactions({{{job.id, job.lease}, make_transaction(2)}}));
    wait(ledger_->give_back({{{job.id, job.lease}}}));
    job = claim(1);
    EXPECT_EQ(job.earlier_signatures, std::vector{make_signature(1)});
    EXPECT_FALSE(job.retried);
    const auto record = wait(operators_->read(make_job_id(1), false));
    ASSERT_EQ(record->changes.size(), 1U);
    EXPECT_EQ(record->changes[0].action, "retry");
    EXPECT_TRUE(record->job.retried_at);
}

TEST_F(OperatorLedgerTest, WhatIsNoDeadLetterIsNotRetried) {
    insert(1);
    EXPECT_EQ(retry(1).kind, Kind::NotFailed);
    EXPECT_EQ(retry(9).kind, Kind::NotFound);
    fail(1);
    EXPECT_EQ(wait(operators_->discard(make_job_id(1), "admin")).kind, Kind::Done);
    EXPECT_EQ(wait(operators_->discard(make_job_id(1), "admin")).kind, Kind::Discarded);
    EXPECT_EQ(retry(1).kind, Kind::Discarded);
    EXPECT_TRUE(list(dead()).empty());
    EXPECT_EQ(list(of_status(JobStatus::Failed)), ids({1}));
    make_failed(2);
    database_.execute("DELETE FROM withdraws");
    EXPECT_EQ(retry(2).kind, Kind::PayloadGone);
    EXPECT_EQ(wait(ledger_->count()).live(), 0U);
    EXPECT_EQ(wait(operators_->changes(std::nullopt, 10)).changes.size(), 1U); // the discard
}

TEST_F(OperatorLedgerTest, ANullifierThatIsLiveOrSpentAgainIsNamed) {
    make_failed(1);
    auto again = make_new_job(1);
    again.id = make_job_id(2);
    wait(ledger_->insert({again}));
    const auto live = retry(1);
    EXPECT_EQ(live.kind, Kind::NullifierTaken);
    EXPECT_EQ(live.other, make_job_id(2));
    const auto job = claim(2);
    wait(ledger_->complete({{{job.id, job.lease}, make_signature(2), {5}}}));
    EXPECT_EQ(retry(1).other, make_job_id(2));
    database_.execute("DELETE FROM jobs WHERE status = 'completed'"); // archived
    EXPECT_EQ(retry(1).other, make_job_id(2));
    EXPECT_EQ(status(1), "failed");
}

// The retry finds the nullifier free, and then waits for a withdraw that is being accepted with it.
TEST_F(OperatorLedgerTest, ARetryThatMeetsAWithdrawOfItsNullifierGivesWay) {
    make_failed(1);
    const auto other = make_job_id(2).to_string();
    const std::jthread accepting([&] { // commits once somebody waits for it
        database_.execute(
            "DO $$ BEGIN INSERT INTO jobs (request_id, nullifier) SELECT '" + other +
            "', nullifier FROM jobs; PERFORM pg_advisory_xact_lock(4711); WHILE NOT EXISTS ("
            "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = '" +
            database_.name() +
            "') LOOP PERFORM pg_sleep(0.002); PERFORM pg_stat_clear_snapshot(); END LOOP; END $$");
    });
    while (database_
               .execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND "
                        "objid = 4711 AND granted")
               .empty()) {}
    const auto found = retry(1);
    EXPECT_EQ(found.kind, Kind::NullifierTaken);
    EXPECT_EQ(found.other, make_job_id(2));
    EXPECT_EQ(status(1), "failed");
    EXPECT_TRUE(wait(operators_->changes(std::nullopt, 1)).changes.empty());
}

TEST_F(OperatorLedgerTest, TwoDeadLettersOfOneNullifierAreNotBothRetried) {
    make_failed(1);
    auto again = make_new_job(1);
    again.id = make_job_id(2);
    wait(ledger_->insert({again}));
    fail(2);
    EXPECT_EQ(retry(2).kind, Kind::Done);
    EXPECT_EQ(retry(1).kind, Kind::NullifierTaken);
    EXPECT_EQ(retry(1).other, make_job_id(2));
}

TEST_F(OperatorLedgerTest, TheFleetsStateIsOneForAllAndEndsByItself) {
    const auto other = postgres::make_operator_ledger(database_.settings());
    EXPECT_EQ(wait(other->fleet()), FleetState{});
    const auto soon = std::chrono::floor<std::chrono::microseconds>(
        std::chrono::system_clock::now() + std::chrono::hours(1));
    const FleetState paused{FleetMode::Paused, "an upgrade", soon};
    EXPECT_EQ(wait(operators_->set_fleet(paused, "admin")), paused);
    EXPECT_EQ(wait(other->fleet()), paused);
    database_.execute("UPDATE fleet SET until = now() - interval '1 second'");
    EXPECT_EQ(wait(other->fleet()), FleetState{});
    EXPECT_EQ(wait(operators_->set_fleet({FleetMode::Draining, "", std::nullopt}, "admin")).mode,
              FleetMode::Draining);
    EXPECT_EQ(wait(other->fleet()).mode, FleetMode::Draining);
    wait(operators_->set_fleet({}, "anonymous"));
    EXPECT_EQ(wait(other->fleet()), FleetState{});
}

TEST_F(OperatorLedgerTest, EachChangeLeavesARowAndPagesOfThemGoBack) {
    make_failed(1);
    retry(1);
    wait(operators_->set_fleet({FleetMode::Paused, "lunch", std::nullopt}, "anonymous"));
    wait(operators_->set_fleet({}, "admin"));
    const auto first = wait(operators_->changes(std::nullopt, 2));
    ASSERT_EQ(first.changes.size(), 2U);
    EXPECT_EQ(first.changes[0].action + first.changes[1].action, "resumepause");
    EXPECT_EQ(first.changes[1].reason + first.changes[1].who, "lunchanonymous");
    ASSERT_TRUE(first.next);
    const auto last = wait(operators_->changes(first.next, 2));
    ASSERT_EQ(last.changes.size(), 1U);
    EXPECT_FALSE(last.next);
    EXPECT_EQ(last.changes[0].job, make_job_id(1));
    EXPECT_EQ(last.changes[0].reason, "root_not_found");
}

} // namespace
} // namespace relay::test
