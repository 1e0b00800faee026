// How Postgres answers the ledger's statements over a million live jobs: by a few look-ups in an
// index for each row, whatever it knows of the table. The statements and the session are the
// relay's own.

#include "integration/postgres_database.hpp"
#include "session.hpp"
#include "statements.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

#include <array>
#include <chrono>
#include <set>
#include <string>

namespace relay::test {
namespace {

using nlohmann::json;

// A million live jobs, of which a thousand may be claimed now. No autovacuum: nothing is to be
// known of the tables until the test says so.
constexpr const char* kFill = R"sql(
    ALTER TABLE jobs SET (autovacuum_enabled = off);
    ALTER TABLE withdraws SET (autovacuum_enabled = off);
    ALTER TABLE jobs SET UNLOGGED;
    ALTER TABLE withdraws SET UNLOGGED;
    WITH filled AS (
        INSERT INTO jobs (request_id, nullifier, status, lease, tx_id, due_at, started_at)
        SELECT lpad(to_hex(number), 32, '0')::uuid, decode(lpad(to_hex(number), 64, '0'), 'hex'),
               status, CASE WHEN status = 'processing' THEN gen_random_uuid() END,
               CASE WHEN status = 'completed' THEN 'signature' END,
               now() + CASE WHEN number % 1000 = 0 THEN interval '-1 second'
                            ELSE interval '1 hour' + number * interval '1 millisecond' END,
               CASE WHEN status <> 'queued' THEN now() END
        FROM generate_series(1, 1050000) number
        CROSS JOIN LATERAL (
            SELECT CASE WHEN number > 1025000 THEN 'failed' WHEN number > 1000000 THEN 'completed'
                        WHEN number % 100 = 1 THEN 'processing' ELSE 'queued' END) made (status)
        RETURNING request_id)
    INSERT INTO withdraws (request_id, instruction) SELECT request_id, '\x5a' FROM filled
)sql";

struct Expectation {
    const postgres::PreparedStatement& statement;
    /// As EXECUTE takes them. One plan serves all arguments, so these may be any.
    const char* arguments;
    /// By which the rows are found; each is named after its table.
    std::set<std::string> indexes;
};

const std::array kExpectations = {
    Expectation{
        postgres::sql::kClaim, "('{}', 60000)", {"jobs_pkey", "withdraws_pkey", "transactions_pkey"}},
    Expectation{postgres::sql::kClaimDue,
                "(64, 60000)",
                {"jobs_due", "jobs_pkey", "withdraws_pkey", "transactions_pkey"}},
    Expectation{postgres::sql::kWalk,
                "('-infinity', '00000000-0000-0000-0000-000000000000', 1000)",
                {"jobs_due"}},
    Expectation{postgres::sql::kDueTimes, "('{}')", {"jobs_pkey"}},
    Expectation{
        postgres::sql::kSaveTransactions, "('{}', '{}', '{}', '{}', '{}', '{}')", {"jobs_pkey"}},
    Expectation{postgres::sql::kRenew, "('{}', '{}', 60000)", {"jobs_pkey"}},
    Expectation{postgres::sql::kComplete, "('{}', '{}', '{}', '{}', '{}')", {"jobs_pkey"}},
    Expectation{postgres::sql::kCompletedBefore, "('{}', '{}')", {"jobs_pkey"}},
    Expectation{postgres::sql::kGiveBack,
                "('{}', '{}', '{}', '{}', '{}', '{}', '{}')",
                {"jobs_pkey", "transactions_pkey"}},
    Expectation{postgres::sql::kFail, "('{}', '{}', '{}', '{}')", {"jobs_pkey", "transactions_pkey"}},
    Expectation{postgres::sql::kFailedBefore, "('{}', '{}')", {"jobs_pkey"}},
    Expectation{postgres::sql::kFind, "('{}')", {"jobs_pkey"}},
    Expectation{postgres::sql::kInsert,
                "('{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')",
                {"nullifiers_pkey"}},
    Expectation{
        postgres::sql::kFindHolders, "('{}')", {"jobs_nullifier", "withdraws_pkey", "nullifiers_pkey"}},
};

template <class Visit>
void for_each_node(const json& node, const Visit& visit) {
    visit(node);
    for (const auto& child : node.value("Plans", json::array())) {
        for_each_node(child, visit);
    }
}

std::set<std::string> indexes_of(const json& plan) {
    std::set<std::string> indexes;
    for_each_node(plan, [&](const json& node) {
        if (node.contains("Index Name")) {
            indexes.insert(node["Index Name"].get<std::string>());
        }
    });
    return indexes;
}

/// Whether the rows come out of a table, not out of the statement's own arrays.
bool is_driven_by_table(const json& node) {
    for (const auto& child : node.value("Plans", json::array())) {
        if (!child["Parent Relationship"].get<std::string>().ends_with("Plan")) { // a look-up's
            return is_driven_by_table(child);
        }
    }
    return node.contains("Index Name") || node.contains("Relation Name");
}

/// The nodes that read all of a table or an index, or sort what they read.
std::set<std::string> sweeps_of(const json& plan) {
    std::set<std::string> sweeps;
    for_each_node(plan, [&](const json& node) {
        const auto type = node.at("Node Type").get<std::string>();
        if (type == "Seq Scan" || type == "Hash Join" || type == "Merge Join" ||
            (node.contains("Index Name") && !node.contains("Index Cond")) ||
            (type.ends_with("Sort") && is_driven_by_table(node))) {
            sweeps.insert(type);
        }
    });
    return sweeps;
}

class PostgresPlans : public testing::Test {
  protected:
    /// On a connection that has planned nothing yet; leaves nothing behind.
    json explain(const std::string& options, const postgres::PreparedStatement& statement,
                 const std::string& arguments) const {
        postgres::Watch watch;
        postgres::Session session(database_.settings(), watch, {});
        const std::string name = statement.name;
        const auto work = [&](pqxx::connection& connection) {
            pqxx::work transaction(connection); // rolled back
            transaction.exec("PREPARE " + name + " AS " + statement.sql);
            const auto answer = transaction.exec("EXPLAIN (" + options + "FORMAT JSON) EXECUTE " +
                                                 name + arguments);
            return json::parse(answer[0][0].c_str());
        };
        return session.run(work, std::chrono::seconds(20)).at(0).at("Plan");
    }

    void expect_indexes(const std::string& moment) const {
        for (const auto& [statement, arguments, indexes] : kExpectations) {
            const auto plan = explain("", statement, arguments);
            const auto told = statement.name + (", " + moment + "\n") + plan.dump(1);
            EXPECT_EQ(indexes_of(plan), indexes) << told;
            EXPECT_EQ(sweeps_of(plan), std::set<std::string>{}) << told;
        }
    }

    /// Pages that a claim of so many jobs touches for each.
    double pages_a_job(const postgres::PreparedStatement& claim, const std::string& arguments,
                       int jobs) const {
        const auto plan = explain("ANALYZE, BUFFERS, ", claim, arguments);
        EXPECT_EQ(plan.at("Actual Rows").get<double>(), jobs) << claim.name;
        return (plan.at("Shared Hit Blocks").get<double>() +
                plan.at("Shared Read Blocks").get<double>()) /
               jobs;
    }

    PostgresDatabase database_;
};

// One test, since the table takes seconds to fill.
TEST_F(PostgresPlans, StayOnTheirIndexesOverAMillionLiveJobs) {
    expect_indexes("empty");
    database_.execute(kFill);
    ASSERT_EQ(database_.execute("SELECT count(*) FROM pg_stats WHERE schemaname = '" +
                                database_.name() + "'"),
              "0");
    expect_indexes("never analysed");
    // Also, of the tables that are still empty, that they are.
    database_.execute("ANALYZE jobs, withdraws, transactions, nullifiers");
    expect_indexes("analysed");

    // An entry in each of three indexes, what finds them and where they go; the table has 25,000.
    constexpr double kPages = 50;
    EXPECT_LT(pages_a_job(postgres::sql::kClaimDue, "(64, 60000)", 64), kPages);
    const auto due = database_.execute(
        "SELECT array_agg(request_id) FROM (SELECT request_id FROM jobs "
        "WHERE status = 'queued' AND due_at <= now() LIMIT 64) due");
    EXPECT_LT(pages_a_job(postgres::sql::kClaim, "('" + due + "', 60000)", 64), kPages);
}

} // namespace
} // namespace relay::test
