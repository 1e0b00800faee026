// Databases that answer and take no writes, that lose sessions, or that are set up otherwise than
// the relay needs: what the probe sees, and what a call meets.

#include "integration/postgres_database.hpp"
#include "relay/base/clock.hpp"
#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/jobs/batched_ledger.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/postgres/ledger.hpp"
#include "relay/postgres/migrations.hpp"
#include "session.hpp"
#include "support/base/run_task.hpp"
#include "support/jobs/jobs.hpp"
#include "watch.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <pqxx/pqxx>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace relay::test {
namespace {

constexpr std::chrono::milliseconds kLease{60'000};

class PostgresRefusalsTest : public testing::Test {
  protected:
    PostgresRefusalsTest() {
        sql("CREATE ROLE " + role() + " LOGIN; GRANT USAGE ON SCHEMA " + database_.name() + " TO " +
            role() +
            "; GRANT SELECT, INSERT, UPDATE ON jobs, withdraws, transactions, nullifiers TO " +
            role());
        settings_.url.replace(settings_.url.find("//relay@"), 8, "//" + role() + "@");
        ledger_ = postgres::make_ledger(settings_);
    }
    ~PostgresRefusalsTest() override {
        ledger_.reset();
        sql("DROP OWNED BY " + role() + "; DROP ROLE " + role());
    }

    std::string role() const { return database_.name() + "_role"; }
    std::string sql(const std::string& text) const { return database_.execute(text); }

    template <class T>
    T wait(base::Task<T> task) {
        return run_task(io_, std::move(task));
    }

    /// What the probe complains of, or "".
    std::string trouble() {
        try {
            wait(ledger_->probe());
        } catch (const base::Outage& outage) {
            return outage.what();
        } catch (const jobs::RowFault& fault) {
            return fault.what();
        }
        return "";
    }
    /// The probe complains by these words while it is so, and no longer.
    void expect_trouble(const std::string& words, const std::string& begin,
                        const std::string& end) {
        EXPECT_EQ(trouble(), "") << "before: " << begin;
        sql(begin);
        EXPECT_NE(trouble().find(words), std::string::npos) << begin << ": " << trouble();
        EXPECT_EQ(wait(ledger_->count()).queued, 0U) << begin; // it can be read
        sql(end);
        EXPECT_EQ(trouble(), "") << "after: " << end;
    }

    boost::asio::io_context io_;
    PostgresDatabase database_;
    postgres::Settings settings_ = database_.settings();
    std::unique_ptr<jobs::Ledger> ledger_;
};

TEST_F(PostgresRefusalsTest, ARightThatIsMissingOnAnyTableOrColumn) {
    for (const auto* right :
         {"INSERT ON jobs", "UPDATE ON jobs", "INSERT ON withdraws", "INSERT ON transactions",
          "UPDATE ON transactions", "SELECT ON withdraws", "SELECT ON transactions",
          "INSERT ON nullifiers", "SELECT ON nullifiers"}) {
        const std::string text = right;
        expect_trouble("permission denied for table " + text.substr(text.rfind(' ') + 1),
                       "REVOKE " + text + " FROM " + role(), "GRANT " + text + " TO " + role());
    }
    for (const auto* column :
         {"status", "lease", "due_at", "tx_id", "slot", "final", "errors", "error", "error_code",
          "retry_count", "transaction_refused", "started_at", "completed_at", "updated_at"}) {
        const auto others =
            sql("SELECT string_agg(column_name, ', ') FROM information_schema.columns "
                "WHERE table_schema = current_schema AND table_name = 'jobs' AND "
                "column_name <> '" +
                std::string(column) + "'");
        expect_trouble("permission denied",
                       "REVOKE UPDATE ON jobs FROM " + role() + "; GRANT UPDATE (" + others +
                           ") ON jobs TO " + role(),
                       "GRANT UPDATE ON jobs TO " + role());
    }
}

TEST_F(PostgresRefusalsTest, ATableOrAColumnThatIsGone) {
    for (const std::string table : {"withdraws", "transactions", "nullifiers"}) {
        expect_trouble("does not exist", "ALTER TABLE " + table + " RENAME TO elsewhere",
                       "ALTER TABLE elsewhere RENAME TO " + table);
    }
    expect_trouble("does not exist", "ALTER TABLE jobs RENAME COLUMN final TO last",
                   "ALTER TABLE jobs RENAME COLUMN last TO final");
}

TEST_F(PostgresRefusalsTest, AWriteThatATriggerRefusesDropsOrWouldRefuseAtTheCommit) {
    const std::string begin = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS ";
    const std::string end = "DROP FUNCTION refuse() CASCADE";
    const std::string full =
        "$$ BEGIN RAISE 'could not extend file' USING ERRCODE = '53100'; END $$; ";
    for (const std::string table : {"jobs", "withdraws", "transactions", "nullifiers"}) {
        const auto on_insert = "INSERT ON " + table + " FOR EACH ROW EXECUTE FUNCTION refuse()";
        expect_trouble("could not extend file",
                       begin + full + "CREATE TRIGGER t BEFORE " + on_insert, end);
        expect_trouble("could not extend file",
                       begin + full + "CREATE CONSTRAINT TRIGGER t AFTER INSERT ON " + table +
                           " INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()",
                       end);
    }
    expect_trouble("changes nothing",
                   begin +
                       "'BEGIN RETURN NULL; END'; CREATE TRIGGER t BEFORE INSERT ON jobs FOR "
                       "EACH ROW EXECUTE FUNCTION refuse()",
                   end);
    expect_trouble("violates check",
                   "ALTER TABLE jobs ADD CONSTRAINT refuse CHECK (status <> 'completed') NOT VALID",
                   "ALTER TABLE jobs DROP CONSTRAINT refuse");
}

TEST_F(PostgresRefusalsTest, AReadOnlyRoleRefusesWritesAndAnswersReads) {
    EXPECT_EQ(trouble(), "");
    sql("ALTER ROLE " + role() + " SET default_transaction_read_only = on");
    sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '" + role() + "'");
    EXPECT_NE(trouble().find("read-only"), std::string::npos) << trouble();
    EXPECT_THROW(wait(ledger_->insert({make_new_job(1)})), jobs::LedgerRefusal);
    EXPECT_EQ(wait(ledger_->count()).queued, 0U);
    sql("ALTER ROLE " + role() + " RESET default_transaction_read_only");
    std::this_thread::sleep_for(std::chrono::milliseconds(600)); // until it looks again
    EXPECT_EQ(trouble(), "");
    EXPECT_EQ(wait(ledger_->insert({make_new_job(1)})).size(), 1U);
}

TEST_F(PostgresRefusalsTest, TheDatabasesFaultsAreNeverFaultsOfTheRelay) {
    sql("REVOKE INSERT ON withdraws FROM " + role());
    EXPECT_THROW(wait(ledger_->insert({make_new_job(1)})), jobs::LedgerRefusal);
    sql("GRANT INSERT ON withdraws TO " + role());
    sql("ALTER TABLE jobs ADD CONSTRAINT refuse CHECK (status <> 'queued') NOT VALID");
    EXPECT_THROW(wait(ledger_->insert({make_new_job(1)})), jobs::RowFault);
    sql("ALTER TABLE jobs DROP CONSTRAINT refuse");
    wait(ledger_->insert({make_new_job(1)}));
    sql("UPDATE jobs SET status = 'completed', tx_id = 'no signature', slot = 1");
    EXPECT_THROW(wait(ledger_->find({make_job_id(1)})), jobs::RowFault);
}

TEST_F(PostgresRefusalsTest, ARowThatIsRefusedCostsNoNeighbourItsClaim) {
    base::SteadyClock clock(io_.get_executor());
    base::TaskGroup writes(clock,
                           [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); });
    jobs::BatchedLedger ledger(writes, *ledger_);
    std::vector<jobs::JobId> ids;
    for (std::uint32_t number = 1; number <= 3; ++number) {
        wait(ledger_->insert({make_new_job(number)}));
        ids.push_back(make_job_id(number));
    }
    sql("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF "
        "NEW.request_id = '" +
        ids[1].to_string() +
        "' THEN RAISE 'no' USING ERRCODE = 'XX001'; END IF; RETURN NEW; END $$; "
        "CREATE TRIGGER t BEFORE UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION refuse()");
    const auto claimed = wait(ledger.claim(ids, kLease));
    ASSERT_EQ(claimed.size(), 2U);
    std::vector<jobs::Claim> claims = {{ids[1], claimed[0].lease}};
    std::vector<jobs::GiveBack> give_backs = {{.claim = claims[0]}};
    for (const auto& job : claimed) {
        claims.push_back({job.id, job.lease});
        give_backs.push_back({.claim = claims.back()});
    }
    EXPECT_EQ(wait(ledger.renew(claims, kLease)), (std::vector<bool>{false, true, true}));
    EXPECT_EQ(wait(ledger.give_back_all(give_backs)), (std::vector<bool>{false, true, true}));
    EXPECT_EQ(wait(ledger.claim_due(3, kLease)).size(), 2U);
}

TEST_F(PostgresRefusalsTest, SessionsThatWereEndedWhileIdleCostNobodyHisAnswer) {
    for (std::uint32_t number = 1; number <= 20; ++number) {
        sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = '" +
            role() + "'");
        ASSERT_EQ(wait(ledger_->insert({make_new_job(number)})).size(), 1U) << number;
        ASSERT_EQ(wait(ledger_->count()).queued, number);
    }
}

TEST_F(PostgresRefusalsTest, WhatTheRoleIsSetToDoesNotWeakenACommit) {
    postgres::Watch watch;
    const auto setting = [&](const char* name) {
        postgres::Session session(settings_, watch, {});
        const auto show = [name](pqxx::connection& connection) {
            pqxx::nontransaction transaction(connection);
            return std::string(transaction.exec(std::string("SHOW ") + name)[0][0].c_str());
        };
        return session.run(show, std::chrono::seconds(5), postgres::AfterLoss::Repeat);
    };
    for (const auto* weak : {"off", "local", "remote_write", "on"}) {
        sql("ALTER ROLE " + role() + " SET synchronous_commit = " + weak);
        EXPECT_EQ(setting("synchronous_commit"), "on") << weak;
    }
    sql("ALTER ROLE " + role() + " SET synchronous_commit = remote_apply");
    EXPECT_EQ(setting("synchronous_commit"), "remote_apply");
    sql("ALTER ROLE " + role() + " SET default_transaction_isolation = 'repeatable read'");
    EXPECT_EQ(setting("transaction_isolation"), "read committed");
}

// Two a second for a day are as many as 170,000; autovacuum comes after far fewer.
TEST_F(PostgresRefusalsTest, ProbesLeaveNextToNothing) {
    const auto pages = [&] {
        return std::stol(
            sql("SELECT sum(pg_total_relation_size(c)) / 8192 FROM unnest(ARRAY['jobs', "
                "'withdraws', 'transactions', 'nullifiers']::regclass[]) c"));
    };
    wait(ledger_->probe());
    const auto before = pages();
    const auto began = std::chrono::steady_clock::now();
    for (int count = 0; count < 1'000; ++count) {
        wait(ledger_->probe());
    }
    const auto taken = std::chrono::steady_clock::now() - began;
    RecordProperty("pages", std::to_string(pages() - before));
    RecordProperty(
        "microseconds_each",
        std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(taken).count() /
                       1'000));
    EXPECT_LT(pages() - before, 500); // nine indexes; a vacuum takes them back
    for (const std::string table : {"jobs", "withdraws", "transactions", "nullifiers"}) {
        EXPECT_EQ(sql("SELECT count(*) FROM " + table), "0");
    }
}

/// A database of its own, in another encoding.
class PostgresEncodingTest : public testing::TestWithParam<const char*> {
  protected:
    PostgresEncodingTest() {
        manager_.execute("CREATE DATABASE " + name_ + " TEMPLATE template0 ENCODING " +
                         std::string(GetParam()) + " LC_COLLATE 'C' LC_CTYPE 'C'");
        settings_.url.replace(settings_.url.find("/postgres?"), 10, "/" + name_ + "?");
        settings_.url.replace(settings_.url.find("&options="), std::string::npos, "");
        postgres::migrate(settings_);
        ledger_ = postgres::make_ledger(settings_);
    }
    ~PostgresEncodingTest() override {
        ledger_.reset();
        manager_.execute("DROP DATABASE " + name_ + " WITH (FORCE)");
    }

    boost::asio::io_context io_;
    PostgresDatabase manager_;
    const std::string name_ = unique_name("relay_encoding");
    postgres::Settings settings_ = manager_.settings();
    std::unique_ptr<jobs::Ledger> ledger_;
};

INSTANTIATE_TEST_SUITE_P(Encodings, PostgresEncodingTest,
                         testing::Values("SQL_ASCII", "LATIN1", "EUC_JP"),
                         [](const auto& instance) { return std::string(instance.param); });

TEST_P(PostgresEncodingTest, AnOutcomeIsWrittenWhateverItsWords) {
    const std::string words("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xff and \0 the end", 30);
    run_task(io_, ledger_->insert({make_new_job(1)}));
    auto job = run_task(io_, ledger_->claim({make_job_id(1)}, kLease)).at(0);
    jobs::GiveBack back;
    back.claim = {job.id, job.lease};
    back.counts = true;
    back.error = jobs::JobError{"root_not_found", words};
    EXPECT_TRUE(run_task(io_, ledger_->give_back({back})).at(0));
    job = run_task(io_, ledger_->claim({make_job_id(1)}, kLease)).at(0);
    EXPECT_EQ(job.retry_count, 1);
    EXPECT_TRUE(
        run_task(io_, ledger_->fail({{{job.id, job.lease}, {"proof_invalid", words}}})).at(0));
    const auto view = run_task(io_, ledger_->find({make_job_id(1)})).at(0).value();
    EXPECT_EQ(view.status, jobs::JobStatus::Failed);
    EXPECT_EQ(view.error.value().code, "proof_invalid");
    EXPECT_NE(view.error.value().message.find("the end"), std::string::npos);
}

} // namespace
} // namespace relay::test
