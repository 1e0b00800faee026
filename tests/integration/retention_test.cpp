// How Postgres removes jobs whose time is over: by its indexes, beside whoever else is at work, and
// as fast as strangers can make them.

#include "integration/postgres_database.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/operator_ledger.hpp"
#include "relay/jobs/retention_ledger.hpp"
#include "relay/postgres/ledger.hpp"
#include "relay/postgres/operator_ledger.hpp"
#include "relay/postgres/retention_ledger.hpp"
#include "retention_statements.hpp"
#include "session.hpp"
#include "support/base/run_task.hpp"
#include "support/jobs/jobs.hpp"
#include "watch.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace relay::test {
namespace {

using jobs::Ending;
using nlohmann::json;

constexpr std::chrono::milliseconds kLease{60'000};

class RetentionLedgerTest : public testing::Test {
  protected:
    template <class T>
    T wait(base::Task<T> task) {
        return run_task(io_, std::move(task));
    }

    void insert(std::uint32_t number) { wait(ledger_->insert({make_new_job(number)})); }

    /// With one transaction signed, a day ago.
    jobs::Job claim(std::uint32_t number) {
        insert(number);
        auto job = wait(ledger_->claim({make_job_id(number)}, kLease)).at(0);
        wait(ledger_->save_transactions({{{job.id, job.lease}, make_transaction(number)}}));
        return job;
    }

    void make_failed(std::uint32_t number) {
        const auto job = claim(number);
        wait(ledger_->fail({{{job.id, job.lease}, {"root_not_found", "for a test"}}}));
    }

    void make_completed(std::uint32_t number) {
        const auto job = claim(number);
        wait(ledger_->complete({{{job.id, job.lease}, make_signature(number), {5}}}));
    }

    void make_old() {
        database_.execute(
            "UPDATE jobs SET created_at = created_at - interval '1 day', updated_at = updated_at - "
            "interval '1 day', completed_at = completed_at - interval '1 day'");
    }

    std::size_t remove(Ending ending, std::size_t limit = 100) {
        return wait(retention_->remove(ending, std::chrono::hours(1), limit)).ids.size();
    }

    std::string rows() {
        return database_.execute(
            "SELECT concat_ws(' ', (SELECT count(*) FROM jobs), (SELECT count(*) FROM withdraws), "
            "(SELECT count(*) FROM transactions), (SELECT count(*) FROM nullifiers))");
    }

    boost::asio::io_context io_;
    PostgresDatabase database_;
    std::unique_ptr<jobs::Ledger> ledger_ = postgres::make_ledger(database_.settings());
    std::unique_ptr<jobs::OperatorLedger> operators_ =
        postgres::make_operator_ledger(database_.settings());
    std::unique_ptr<jobs::RetentionLedger> retention_ =
        postgres::make_retention_ledger(database_.settings());
};

TEST_F(RetentionLedgerTest, TakesAllThatIsHeavyOrPrivateAndWhatIsTrueStays) {
    make_completed(1);
    make_failed(2);
    make_failed(3);
    insert(4);
    wait(operators_->discard(make_job_id(3), "admin"));
    make_old();
    EXPECT_EQ(rows(), "4 4 3 1");
    EXPECT_EQ(remove(Ending::Completed), 1U);
    EXPECT_EQ(remove(Ending::Failed), 2U);
    EXPECT_EQ(rows(), "1 1 0 1");
    EXPECT_EQ(wait(operators_->changes({}, 10)).changes.size(), 1U); // the discard's record

    const auto record = wait(operators_->read(make_job_id(1), true));
    ASSERT_TRUE(record);
    EXPECT_EQ(record->job.view.tx_id, make_signature(1));
    EXPECT_EQ(record->job.nullifier, make_new_job(1).withdraw.nullifier);
    EXPECT_FALSE(record->withdraw);
    EXPECT_TRUE(record->transactions.empty());
    EXPECT_FALSE(wait(operators_->read(make_job_id(2), true)));
    using Kind = jobs::Intervention::Kind;
    EXPECT_EQ(wait(operators_->retry(make_job_id(1), "admin", false)).kind, Kind::NotFailed);
    EXPECT_EQ(wait(operators_->retry(make_job_id(2), "admin", false)).kind, Kind::NotFound);
    EXPECT_EQ(wait(operators_->discard(make_job_id(3), "admin")).kind, Kind::NotFound);
}

TEST_F(RetentionLedgerTest, ADeadLetterOfARemovedPaymentsNullifierNamesThatPayment) {
    make_failed(1);
    auto again = make_new_job(1);
    again.id = make_job_id(2);
    wait(ledger_->insert({again}));
    const auto job = wait(ledger_->claim({again.id}, kLease)).at(0);
    wait(ledger_->complete({{{job.id, job.lease}, make_signature(2), {5}}}));
    make_old();
    EXPECT_EQ(remove(Ending::Completed), 1U);
    EXPECT_EQ(wait(operators_->retry(make_job_id(1), "admin", false)).other, make_job_id(2));
}

TEST_F(RetentionLedgerTest, PassesOverWhatAnotherHasInItsHands) {
    make_failed(1);
    make_failed(2);
    make_old();
    pqxx::connection connection(database_.settings().url);
    pqxx::work operating(connection);
    operating.exec("SELECT FROM jobs WHERE request_id = '" + make_job_id(1).to_string() +
                   "' FOR NO KEY UPDATE");
    EXPECT_EQ(remove(Ending::Failed), 1U);
    operating.exec("UPDATE jobs SET status = 'queued', updated_at = now()"); // a retry of it
    operating.commit();
    EXPECT_EQ(remove(Ending::Failed), 0U);
    EXPECT_EQ(rows(), "1 1 1 0");
}

// So that no insert that began before the completion finds neither the job nor its nullifier.
TEST_F(RetentionLedgerTest, KeepsWhatWasCompletedWithinAStatementsTime) {
    make_completed(1);
    EXPECT_EQ(
        wait(retention_->remove(Ending::Completed, std::chrono::milliseconds(1), 10)).ids.size(),
        0U);
}

TEST_F(RetentionLedgerTest, ARightThatIsMissingIsToldOnlyOnceThereIsSomethingToRemove) {
    const auto role = database_.name() + "_reader";
    database_.execute("CREATE ROLE " + role + " LOGIN; GRANT USAGE ON SCHEMA " + database_.name() +
                      " TO " + role + "; GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA " +
                      database_.name() + " TO " + role);
    auto settings = database_.settings();
    settings.url += "&user=" + role;
    const auto limited = postgres::make_retention_ledger(settings);
    const auto remove = [&] {
        return wait(limited->remove(Ending::Failed, std::chrono::hours(1), 10)).ids.size();
    };
    make_failed(1);
    EXPECT_EQ(remove(), 0U);
    make_old();
    EXPECT_THROW(remove(), jobs::LedgerRefusal);
    database_.execute("GRANT DELETE ON jobs, withdraws, transactions TO " + role);
    EXPECT_EQ(remove(), 1U);
    database_.execute("DROP OWNED BY " + role + "; DROP ROLE " + role);
}

/// `rows` failed jobs, or completed ones, with their payloads: the first ended at `from`, the last
/// `hours` later.
std::string fill(Ending ending, int first, int rows, const std::string& from, int hours) {
    const std::string status = ending == Ending::Completed ? "completed" : "failed";
    const std::string tx_id = ending == Ending::Completed ? "'signature'" : "NULL";
    return "WITH filled AS (INSERT INTO jobs (request_id, nullifier, status, tx_id, slot, "
           "error_code, created_at, started_at, updated_at, completed_at) "
           "SELECT lpad(to_hex(number), 32, '0')::uuid, decode(lpad(to_hex(number), 64, '0'), "
           "'hex'), '" +
           status + "', " + tx_id + ", 5, 'code', at, at, at, at FROM generate_series(" +
           std::to_string(first) + ", " + std::to_string(first + rows - 1) +
           ") number CROSS JOIN LATERAL (SELECT " + from + " + (number - " + std::to_string(first) +
           ") * interval '" + std::to_string(hours) + " hours' / " + std::to_string(rows) +
           " AS at) times RETURNING request_id), payloads AS (INSERT INTO withdraws SELECT "
           "request_id, decode(repeat('5a', 500), 'hex') FROM filled) INSERT INTO transactions "
           "(request_id, signature, wire) SELECT request_id, 'signature', "
           "decode(repeat('5a', 700), 'hex') FROM filled";
}

/// Pages that a plan touched: a node counts those below it; one that writes beside the answer
/// counts alone.
double pages_of(const json& plan) {
    double pages =
        plan.at("Shared Hit Blocks").get<double>() + plan.at("Shared Read Blocks").get<double>();
    for (const auto& child : plan.value("Plans", json::array())) {
        pages = std::max(pages, pages_of(child));
    }
    return pages;
}

bool sweeps(const json& plan) {
    const auto type = plan.at("Node Type").get<std::string>();
    const auto children = plan.value("Plans", json::array());
    return type == "Seq Scan" || type == "Hash Join" ||
           std::ranges::any_of(children, [](const json& child) { return sweeps(child); });
}

// The tables have 40,000 pages together.
TEST(RetentionPlans, ABatchReadsWhatItsRowsTakeOfTwoHundredThousand) {
    constexpr int kBatch = 250;
    constexpr int kRows = 100'000;
    const PostgresDatabase database;
    database.execute("ALTER TABLE jobs SET (autovacuum_enabled = off)");
    database.execute(fill(Ending::Completed, 1, kRows, "now() - interval '3 days'", 48));
    database.execute(fill(Ending::Failed, 1 + kRows, kRows, "now() - interval '3 days'", 48));
    for (const auto* moment : {"never analysed", "analysed"}) {
        postgres::Watch watch;
        postgres::Session session(database.settings(), watch, {});
        for (const auto& [name, sql] : postgres::sql::kRetentionStatements) {
            const bool removes = std::string(name).starts_with("remove");
            const auto work = [&, statement = name, text = sql](pqxx::connection& connection) {
                pqxx::work transaction(connection); // rolled back
                transaction.exec(postgres::sql::kReadInOrder);
                transaction.exec(std::string("PREPARE ") + statement + " AS " + text);
                return json::parse(
                    transaction
                        .exec(std::string("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE ") +
                              statement + "(3600000, '-infinity'" +
                              (removes ? ", " + std::to_string(kBatch) : "") + ")")[0][0]
                        .c_str());
            };
            const auto told =
                session.run(work, std::chrono::seconds(20), postgres::AfterLoss::Repeat).at(0);
            const auto& plan = told.at("Plan");
            EXPECT_EQ(plan.at("Actual Rows").get<double>(), removes ? kBatch : 1) << name;
            EXPECT_LT(pages_of(plan), removes ? 50 * kBatch : 50) << name << ", " << moment << "\n"
                                                                  << told.dump(1);
            EXPECT_FALSE(sweeps(plan)) << name << ", " << moment << "\n" << told.dump(1);
            std::cout << name << ", " << moment << ": " << pages_of(plan) << " pages, "
                      << told.at("Execution Time").get<double>() << " ms\n";
        }
        database.execute("ANALYZE jobs, withdraws, transactions, nullifiers");
    }
}

// A day of a hundred junk posts a second is 8.6 million rows; here one in fifty of them, an hour at
// a time, each hour a step of the window.
TEST_F(RetentionLedgerTest, ADayOfJunkLeavesNoMoreRowsThanItsWindow) {
    constexpr int kRowsAnHour = 100 * 3'600 / 50;
    constexpr int kRowsAMinute = kRowsAnHour / 60; // which the test itself may take
    constexpr int kWindow = 3;
    constexpr int kHours = 24;
    constexpr int kBatch = 250;
    const auto rows_now = [&] { return std::stoi(database_.execute("SELECT count(*) FROM jobs")); };
    int removed = 0;
    std::chrono::steady_clock::duration taken{};
    std::vector<int> left;
    for (int hour = 0; hour < kHours; ++hour) { // of which the first began two days ago
        database_.execute(
            fill(Ending::Failed, 1 + hour * kRowsAnHour, kRowsAnHour,
                 "now() - interval '48 hours' + interval '" + std::to_string(hour) + " hours'", 1));
        const auto began = std::chrono::steady_clock::now();
        const std::chrono::hours age(48 - (hour + 1) + kWindow);
        for (bool more = true; more;) {
            const auto removal = wait(retention_->remove(Ending::Failed, age, kBatch));
            removed += static_cast<int>(removal.ids.size());
            more = removal.more;
        }
        taken += std::chrono::steady_clock::now() - began;
        left.push_back(rows_now());
        if (hour + 1 >= kWindow) {
            EXPECT_NEAR(left.back(), kWindow * kRowsAnHour, kRowsAMinute) << "after hour " << hour;
        }
    }
    EXPECT_NEAR(removed, (kHours - kWindow) * kRowsAnHour, kRowsAMinute);
    const auto of_each = std::to_string(left.back());
    EXPECT_EQ(rows(), of_each + " " + of_each + " " + of_each + " 0");
    const auto milliseconds = std::chrono::duration<double, std::milli>(taken).count();
    std::cout << removed << " jobs removed at " << removed / milliseconds * 1'000
              << " a second; rows left: " << left.front() << ", then " << left[kWindow] << " to "
              << left.back() << '\n';
}

} // namespace
} // namespace relay::test
