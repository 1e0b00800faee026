// The ledger's contract on Postgres, and what only Postgres can do.

#include "integration/postgres_database.hpp"
#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/retention_ledger.hpp"
#include "relay/postgres/ledger.hpp"
#include "relay/postgres/migrations.hpp"
#include "relay/postgres/retention_ledger.hpp"
#include "support/base/run_task.hpp"
#include "support/jobs/jobs.hpp"
#include "support/jobs/ledger_contract.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace relay::test {
namespace {

using jobs::JobStatus;

constexpr std::chrono::milliseconds kLease{60'000};

class PostgresStoreWorld final : public StoreWorld {
  public:
    jobs::Ledger& ledger() override { return *ledger_; }
    jobs::Ledger& other() override { return *other_; }
    void archive(jobs::JobId id) override {
        database_.execute("DELETE FROM jobs WHERE request_id = '" + id.to_string() + "'");
    }
    jobs::RetentionLedger& retention() override { return *retention_; }
    void age(jobs::JobId id) override {
        database_.execute(
            "UPDATE jobs SET created_at = created_at - interval '1 day', started_at = started_at - "
            "interval '1 day', updated_at = updated_at - interval '1 day', completed_at = "
            "completed_at - interval '1 day' WHERE request_id = '" +
            id.to_string() + "'");
    }
    void pass_a_moment() override {} // a round trip takes one

  private:
    PostgresDatabase database_;
    std::unique_ptr<jobs::RetentionLedger> retention_ =
        postgres::make_retention_ledger(database_.settings());
    std::unique_ptr<jobs::Ledger> ledger_ = postgres::make_ledger(database_.settings());
    std::unique_ptr<jobs::Ledger> other_ = postgres::make_ledger(database_.settings());
};

INSTANTIATE_TEST_SUITE_P(Postgres, LedgerContract,
                         testing::Values(StoreKind{
                             "Postgres", [] { return std::make_unique<PostgresStoreWorld>(); }}),
                         [](const auto& instance) { return instance.param.name; });

class PostgresLedgerTest : public testing::Test {
  protected:
    template <class T>
    T wait(base::Task<T> task) {
        return run_task(io_, std::move(task));
    }

    jobs::Job claim_one(std::uint32_t number) {
        auto claimed = wait(ledger_->claim({make_job_id(number)}, kLease));
        return std::move(claimed.at(0));
    }

    boost::asio::io_context io_;
    PostgresDatabase database_;
    std::unique_ptr<jobs::Ledger> ledger_ = postgres::make_ledger(database_.settings());
};

TEST_F(PostgresLedgerTest, ColumnsThatOutsideChecksRead) {
    wait(ledger_->insert({make_new_job(1)}));
    const auto job = claim_one(1);
    wait(ledger_->complete({{{job.id, job.lease}, make_signature(1), {5}}}));
    const auto row = database_.execute(
        "SELECT request_id || ' ' || status || ' ' || (completed_at IS NOT NULL) || ' ' || "
        "retry_count FROM jobs");
    EXPECT_EQ(row, make_job_id(1).to_string() + " completed true 0");
    EXPECT_EQ(database_.execute("SELECT count(*) FROM nullifiers n JOIN jobs USING (nullifier) "
                                "WHERE n.request_id = jobs.request_id AND n.signature = jobs.tx_id "
                                "AND n.slot = 5"),
              "1");
}

TEST_F(PostgresLedgerTest, KeepsAHistoryOfErrors) {
    wait(ledger_->insert({make_new_job(1)}));
    auto job = claim_one(1);
    wait(ledger_->save_transactions({{{job.id, job.lease}, make_transaction(1)}}));
    jobs::GiveBack back;
    back.claim = {job.id, job.lease};
    back.counts = true;
    back.error = jobs::JobError{"root_not_found", "no \"root\""};
    wait(ledger_->give_back({back}));
    job = claim_one(1);
    wait(ledger_->fail({{{job.id, job.lease}, {"proof_invalid", "no proof"}}}));
    EXPECT_EQ(database_.execute("SELECT jsonb_array_length(errors) FROM jobs"), "2");
    EXPECT_EQ(database_.execute("SELECT errors->0->>'message' || ' ' || (errors->0->>'attempt') || "
                                "' ' || (errors->0->>'signature') FROM jobs"),
              "no \"root\" 1 " + make_signature(1).to_string());
    EXPECT_EQ(database_.execute("SELECT errors->1->>'code' FROM jobs"), "proof_invalid");
}

// The save locks its row, finds it locked by a claim, waits, and must then see the new lease.
TEST_F(PostgresLedgerTest, ASaveThatWaitedForAnotherClaimSavesNothing) {
    wait(ledger_->insert({make_new_job(1), make_new_job(2)}));
    const auto lost = claim_one(1);
    const auto kept = claim_one(2);
    const auto row = "request_id = '" + lost.id.to_string() + "'";
    const std::jthread claimer([&] { // commits once somebody waits for it
        database_.execute("DO $$ BEGIN UPDATE jobs SET lease = gen_random_uuid() WHERE " + row +
                          "; WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE "
                          "wait_event_type = 'Lock' AND application_name = '" +
                          database_.name() +
                          "') LOOP PERFORM pg_sleep(0.002); PERFORM pg_stat_clear_snapshot(); "
                          "END LOOP; END $$");
    });
    while (
        !database_.execute("SELECT 1 FROM jobs WHERE " + row + " FOR UPDATE SKIP LOCKED").empty()) {
    }
    EXPECT_EQ(wait(ledger_->save_transactions({{{lost.id, lost.lease}, make_transaction(1)},
                                               {{kept.id, kept.lease}, make_transaction(2)}})),
              (std::vector<bool>{false, true}));
    EXPECT_EQ(database_.execute("SELECT string_agg(signature, ' ') FROM transactions"),
              make_signature(2).to_string());
}

TEST_F(PostgresLedgerTest, ARowThatCannotBeReadStopsNoOther) {
    wait(ledger_->insert({make_new_job(1), make_new_job(2), make_new_job(3)}));
    database_.execute("UPDATE withdraws SET instruction = '\\x00' WHERE request_id = '" +
                      make_job_id(2).to_string() + "'");
    std::vector<jobs::JobId> claimed;
    for (const auto& job : wait(ledger_->claim_due(10, std::chrono::minutes(1)))) {
        claimed.push_back(job.id);
    }
    std::ranges::sort(claimed);
    EXPECT_EQ(claimed, (std::vector<jobs::JobId>{make_job_id(1), make_job_id(3)}));
}

TEST_F(PostgresLedgerTest, AServerThatCannotBeReachedIsAnOutage) {
    for (const char* url : {"postgresql://127.0.0.1:1/relay", "postgresql:///relay?host=/nowhere",
                            "postgresql://%zz", "nonsense"}) {
        postgres::Settings settings;
        settings.url = url;
        const auto ledger = postgres::make_ledger(settings);
        EXPECT_THROW(wait(ledger->count()), base::Outage) << url;
        EXPECT_THROW(wait(ledger->insert({make_new_job(1)})), base::Outage) << url;
        EXPECT_THROW(postgres::migrate(settings), base::Outage) << url;
    }
}

TEST_F(PostgresLedgerTest, AStatementOverItsTimeIsAnOutage) {
    wait(ledger_->insert({make_new_job(1)}));
    auto settings = database_.settings();
    settings.statement_timeout = std::chrono::milliseconds(100);
    const auto hasty = postgres::make_ledger(settings);
    std::jthread locker(
        [this] { database_.execute("BEGIN; LOCK TABLE jobs; SELECT pg_sleep(1); COMMIT"); });
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    bool timed_out = false;
    while (!timed_out && std::chrono::steady_clock::now() < deadline) {
        try {
            wait(hasty->count());
        } catch (const base::Outage&) {
            timed_out = true;
        }
    }
    EXPECT_TRUE(timed_out);
}

void drop_schema(const PostgresDatabase& database) {
    database.execute(
        "DROP TABLE jobs, nullifiers, withdraws, transactions, operator_changes, fleet, "
        "schema_migrations");
}

TEST(Migrations, AreAppliedOnceEvenByManyAtOnce) {
    const PostgresDatabase database;
    EXPECT_TRUE(postgres::migrate(database.settings()).empty());
    drop_schema(database);
    std::vector<std::vector<std::string>> applied(4);
    {
        std::vector<std::jthread> processes;
        for (auto& names : applied) {
            processes.emplace_back([&] { names = postgres::migrate(database.settings()); });
        }
    }
    std::size_t steps = 0;
    for (const auto& names : applied) {
        steps += names.size();
    }
    EXPECT_EQ(std::to_string(steps), database.execute("SELECT count(*) FROM schema_migrations"));
    EXPECT_GT(steps, 0U);
}

TEST(Migrations, TheSecondMovesWithdrawsAndTransactionsAsTheyAre) {
    const PostgresDatabase database;
    drop_schema(database);
    ASSERT_EQ(postgres::migrate(database.settings(), 1).size(), 1U);
    const auto instruction =
        "'\\x" + base::encode_hex(solana::encode_withdraw(make_new_job(1).withdraw)) + "'";
    const auto signatures =
        "'{" + make_signature(1).to_string() + "," + make_signature(2).to_string() + "}'";
    const auto insert = [&](std::uint32_t number, const std::string& made,
                            const std::string& wire) {
        database.execute(
            "INSERT INTO jobs (request_id, nullifier, instruction, signatures, wire_transaction, "
            "last_valid_block_height, started_at) VALUES ('" +
            make_job_id(number).to_string() + "', '\\x0" + std::to_string(number) + "', " +
            instruction + ", " + made + ", " + wire + ", 77, now())");
    };
    insert(1, "'{}'", "NULL");
    insert(2, signatures, "'\\xabcd'");
    insert(3, signatures, "NULL"); // both have expired
    EXPECT_EQ(postgres::migrate(database.settings(), 2).size(), 1U);
    EXPECT_GT(postgres::migrate(database.settings()).size(), 1U); // and those after it

    boost::asio::io_context io;
    const auto ledger = postgres::make_ledger(database.settings());
    const auto claim = [&](std::uint32_t number) {
        return run_task(io, ledger->claim({make_job_id(number)}, kLease)).at(0);
    };
    const auto fresh = claim(1);
    EXPECT_EQ(fresh.withdraw, make_new_job(1).withdraw);
    EXPECT_TRUE(!fresh.transaction && fresh.earlier_signatures.empty());
    const auto sent = claim(2);
    ASSERT_TRUE(sent.transaction);
    EXPECT_EQ(sent.transaction->signature, make_signature(2));
    EXPECT_EQ(sent.transaction->wire, (base::Bytes{0xab, 0xcd}));
    EXPECT_EQ(sent.transaction->last_valid_block_height.value, 77U);
    EXPECT_EQ(sent.earlier_signatures, std::vector{make_signature(1)});
    const auto expired = claim(3);
    EXPECT_FALSE(expired.transaction);
    EXPECT_EQ(expired.earlier_signatures, (std::vector{make_signature(1), make_signature(2)}));
}

TEST(Migrations, RefuseASchemaNewerThanTheProgram) {
    const PostgresDatabase database;
    database.execute("INSERT INTO schema_migrations (version, name) VALUES (999, 'later')");
    EXPECT_THROW(postgres::migrate(database.settings()), std::runtime_error);
}

TEST(Migrations, NameTheStepThatFailed) {
    const PostgresDatabase database;
    database.execute("DELETE FROM schema_migrations WHERE version >= 3"); // whose column stands
    try {
        postgres::migrate(database.settings());
        ADD_FAILURE() << "a step that cannot be applied was";
    } catch (const base::Outage& outage) {
        ADD_FAILURE() << outage.what();
    } catch (const std::runtime_error& failure) {
        EXPECT_EQ(std::string_view(failure.what()).substr(0, 23), "step 3 of the schema (p");
    }
}

} // namespace
} // namespace relay::test
