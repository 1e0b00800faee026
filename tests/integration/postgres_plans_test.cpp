// How Postgres answers the ledger's statements over a million live jobs: by a few look-ups in an
// index for each row, whatever it knows of the table. The statements and the session are the
// relay's own.

#include "integration/postgres_database.hpp"
#include "session.hpp"
#include "statements.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

#include <algorithm>
#include <array>
#include <chrono>
#include <set>
#include <string>

namespace relay::test {
namespace {

using nlohmann::json;

// No autovacuum: nothing is to be known of the tables until the test says so.
constexpr const char* kSetUp = R"sql(
    ALTER TABLE jobs SET (autovacuum_enabled = off);
    ALTER TABLE withdraws SET (autovacuum_enabled = off);
    ALTER TABLE jobs SET UNLOGGED;
    ALTER TABLE withdraws SET UNLOGGED;
)sql";

// A million live jobs, of which ten thousand may be claimed now; the lease of one is its id. The
// completed ones may yet be taken back.
constexpr const char* kFill = R"sql(
    WITH filled AS (
        INSERT INTO jobs (request_id, nullifier, status, lease, tx_id, error_code, due_at,
                          started_at, final)
        SELECT id, decode(lpad(to_hex(number), 64, '0'), 'hex'), status,
               CASE WHEN status = 'processing' THEN id END,
               CASE WHEN status = 'completed' THEN 'text' END,
               CASE WHEN status IN ('failed', 'queued') THEN 'text' END,
               now() + CASE WHEN number % 100 = 0 THEN interval '-1 second'
                            ELSE interval '1 hour' + number * interval '1 millisecond' END,
               CASE WHEN status <> 'queued' THEN now() END, status <> 'completed'
        FROM generate_series(1, 1050000) number
        CROSS JOIN LATERAL (
            SELECT lpad(to_hex(number), 32, '0')::uuid,
                   CASE WHEN number > 1025000 THEN 'failed' WHEN number > 1000000 THEN 'completed'
                        WHEN number % 100 = 1 THEN 'processing' ELSE 'queued' END
        ) made (id, status)
        RETURNING request_id)
    INSERT INTO withdraws (request_id, instruction) SELECT request_id, '\x5a' FROM filled
)sql";

// Arguments of kRows elements: some jobs of each kind, and what is written of them.
constexpr int kRows = 64;
constexpr const char* kArguments = R"sql(
    CREATE FUNCTION ids(first int, step int) RETURNS uuid[] LANGUAGE sql AS $$
        SELECT array_agg(lpad(to_hex(first + step * n), 32, '0')::uuid)
        FROM generate_series(0, 63) n $$;
    CREATE FUNCTION nullifiers(first int, step int) RETURNS bytea[] LANGUAGE sql AS $$
        SELECT array_agg(decode(lpad(to_hex(first + step * n), 64, '0'), 'hex'))
        FROM generate_series(0, 63) n $$;
    CREATE FUNCTION due() RETURNS uuid[] LANGUAGE sql AS 'SELECT ids(1000, 1000)';
    CREATE FUNCTION held() RETURNS uuid[] LANGUAGE sql AS 'SELECT ids(1, 100)';
    CREATE FUNCTION waiting() RETURNS uuid[] LANGUAGE sql AS 'SELECT ids(2, 100)';
    CREATE FUNCTION completed() RETURNS uuid[] LANGUAGE sql AS 'SELECT ids(1000001, 1)';
    CREATE FUNCTION failed() RETURNS uuid[] LANGUAGE sql AS 'SELECT ids(1025001, 1)';
    CREATE FUNCTION fresh() RETURNS uuid[] LANGUAGE sql AS 'SELECT ids(2000000, 1)';
    CREATE FUNCTION all_of(element anyelement) RETURNS anyarray LANGUAGE sql AS
        'SELECT array_fill(element, ARRAY[64])'
)sql";

struct Expectation {
    const postgres::PreparedStatement& statement;
    /// As EXECUTE takes them; its answer has kRows rows.
    const char* arguments;
    /// By which the rows are found; each is named after its table.
    std::set<std::string> indexes;
};

const std::array kExpectations = {
    Expectation{postgres::sql::kClaim,
                "(due(), 60000)",
                {"jobs_pkey", "withdraws_pkey", "transactions_pkey"}},
    Expectation{postgres::sql::kClaimDue,
                "(64, 60000)",
                {"jobs_due", "jobs_pkey", "withdraws_pkey", "transactions_pkey"}},
    Expectation{postgres::sql::kWalk,
                "('-infinity', '00000000-0000-0000-0000-000000000000', 64)",
                {"jobs_due"}},
    Expectation{postgres::sql::kWalkDeadLetters,
                "('-infinity', '00000000-0000-0000-0000-000000000000', 64)",
                {"jobs_failed_at"}},
    Expectation{postgres::sql::kDueTimes, "(held())", {"jobs_pkey"}},
    Expectation{postgres::sql::kSaveTransactions,
                "(held(), held(), held()::text[], all_of(''::bytea), all_of(1::bigint), "
                "all_of(1::bigint))",
                {"jobs_pkey"}},
    Expectation{postgres::sql::kRenew, "(held(), held(), 60000)", {"jobs_pkey"}},
    Expectation{postgres::sql::kComplete,
                "(held(), held(), all_of('text'::text), all_of(1::bigint), all_of(true))",
                {"jobs_pkey"}},
    Expectation{
        postgres::sql::kCompletedBefore, "(completed(), all_of('text'::text))", {"jobs_pkey"}},
    Expectation{postgres::sql::kGiveBack,
                "(held(), held(), all_of(1::bigint), all_of('drop'::text), all_of(true), "
                "all_of('text'::text), all_of('text'::text))",
                {"jobs_pkey", "transactions_pkey"}},
    Expectation{postgres::sql::kHurry, "(waiting(), all_of('text'::text))", {"jobs_pkey"}},
    Expectation{postgres::sql::kFail,
                "(held(), held(), all_of('text'::text), all_of('text'::text))",
                {"jobs_pkey", "transactions_pkey"}},
    Expectation{postgres::sql::kFailedBefore, "(failed(), all_of('text'::text))", {"jobs_pkey"}},
    Expectation{postgres::sql::kSettle, "(completed(), all_of('text'::text))", {"jobs_pkey"}},
    Expectation{postgres::sql::kReopen,
                "(completed(), all_of('text'::text), all_of('text'::text), all_of('text'::text))",
                {"jobs_pkey", "nullifiers_pkey"}},
    Expectation{postgres::sql::kFind, "(held())", {"jobs_pkey"}},
    Expectation{postgres::sql::kInsert,
                "(fresh(), nullifiers(2000000, 1), all_of(''::bytea), all_of(NULL::uuid), "
                "all_of(NULL::bigint), '{}', '{}', '{}', '{}', '{}')",
                {"nullifiers_pkey"}},
    Expectation{postgres::sql::kFindHolders,
                "(due(), nullifiers(1000, 1000), nullifiers(1000, 1000))",
                {"jobs_nullifier", "withdraws_pkey", "nullifiers_pkey"}},
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

/// The nodes that read all of a table or an index. Which others there are is each release's own
/// choice, and judged by what it reads.
std::set<std::string> sweeps_of(const json& plan) {
    std::set<std::string> sweeps;
    for_each_node(plan, [&](const json& node) {
        const auto type = node.at("Node Type").get<std::string>();
        if (type == "Seq Scan" || type == "Hash Join" || type == "Merge Join" ||
            (node.contains("Index Name") && !node.contains("Index Cond"))) {
            sweeps.insert(type);
        }
    });
    return sweeps;
}

/// Pages that a plan touched. A node counts those below it; one that writes beside the answer
/// counts alone.
double pages_of(const json& plan) {
    double pages = 0;
    for_each_node(plan, [&](const json& node) {
        pages = std::max(pages, node.at("Shared Hit Blocks").get<double>() +
                                    node.at("Shared Read Blocks").get<double>());
    });
    return pages;
}

/// A connection as the relay has them: it plans each statement once, and keeps the plan until the
/// tables are analysed.
class Planner {
  public:
    explicit Planner(const PostgresDatabase& database) : session_(database.settings(), watch_, {}) {
        const auto prepare = [](pqxx::connection& connection) {
            pqxx::work transaction(connection);
            for (const auto& [statement, arguments, indexes] : kExpectations) {
                transaction.exec(std::string("PREPARE ") + statement.name + " AS " + statement.sql);
            }
            transaction.commit();
        };
        session_.run(prepare, kLimit, postgres::AfterLoss::Report);
    }

    json explain(const std::string& options, const Expectation& expected) {
        const auto sql = "EXPLAIN (" + options + "FORMAT JSON) EXECUTE " + expected.statement.name +
                         expected.arguments;
        const auto work = [&](pqxx::connection& connection) {
            pqxx::work transaction(connection); // rolled back
            return json::parse(transaction.exec(sql)[0][0].c_str());
        };
        return session_.run(work, kLimit, postgres::AfterLoss::Repeat).at(0).at("Plan");
    }

  private:
    static constexpr std::chrono::seconds kLimit{20};

    postgres::Watch watch_;
    postgres::Session session_;
};

void expect_indexes(Planner& planner, const std::string& moment) {
    for (const auto& expected : kExpectations) {
        const auto plan = planner.explain("", expected);
        const auto told = expected.statement.name + (", " + moment + "\n") + plan.dump(1);
        EXPECT_EQ(indexes_of(plan), expected.indexes) << told;
        EXPECT_EQ(sweeps_of(plan), std::set<std::string>{}) << told;
    }
}

/// What each statement reads of the filled tables for a row of its answer: an entry in each of some
/// indexes, what finds them and where they go. The table of jobs has 25,000 pages.
void expect_few_pages(Planner& planner, const std::string& moment) {
    constexpr double kPages = 50;
    for (const auto& expected : kExpectations) {
        const auto plan = planner.explain("ANALYZE, BUFFERS, ", expected);
        const auto told = expected.statement.name + (", " + moment + "\n") + plan.dump(1);
        EXPECT_EQ(plan.at("Actual Rows").get<double>(), kRows) << told;
        EXPECT_LT(pages_of(plan), kPages * kRows) << told;
    }
}

// One test, since the table takes seconds to fill.
TEST(PostgresPlans, StayOnTheirIndexesOverAMillionLiveJobs) {
    const PostgresDatabase database;
    database.execute(kSetUp);
    database.execute(kArguments);
    Planner early(database);
    expect_indexes(early, "empty");
    database.execute(kFill);
    ASSERT_EQ(database.execute("SELECT count(*) FROM pg_stats WHERE schemaname = '" +
                               database.name() + "'"),
              "0");
    expect_few_pages(early, "planned while they were empty");
    Planner unknowing(database);
    expect_indexes(unknowing, "never analysed");
    expect_few_pages(unknowing, "never analysed");
    // Also, of the tables that are still empty, that they are.
    database.execute("ANALYZE jobs, withdraws, transactions, nullifiers");
    Planner knowing(database);
    expect_indexes(knowing, "analysed");
    expect_few_pages(knowing, "analysed");
}

} // namespace
} // namespace relay::test
