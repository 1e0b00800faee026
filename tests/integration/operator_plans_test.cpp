// What an operator's lists read of a ledger with a million failed jobs: what their page takes.

#include "integration/postgres_database.hpp"
#include "operator_statements.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/operator_ledger.hpp"
#include "session.hpp"
#include "support/jobs/jobs.hpp"
#include "watch.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

#include <chrono>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

namespace relay::test {
namespace {

using nlohmann::json;

// One in a thousand of another code; a second between one and the next, the last a day old.
constexpr const char* kFill = R"sql(
    ALTER TABLE jobs SET (autovacuum_enabled = off);
    ALTER TABLE jobs SET UNLOGGED;
    INSERT INTO jobs (request_id, nullifier, status, error_code, error, created_at, started_at)
    SELECT lpad(to_hex(number), 32, '0')::uuid, decode(lpad(to_hex(number), 64, '0'), 'hex'),
           'failed', CASE WHEN number % 1000 = 0 THEN 'rare' ELSE 'usual' END, 'text',
           now() - interval '1 day' - number * interval '1 second', now()
    FROM generate_series(1, 1000000) number;
    INSERT INTO transactions (request_id, signature)
    SELECT request_id, 'signature ' || request_id FROM jobs
)sql";

struct Question {
    const char* name;
    jobs::JobFilter filter;
    bool from_the_middle = false;
    double rows = 51;
};

std::vector<Question> questions() {
    using jobs::JobStatus;
    jobs::JobFilter failed;
    failed.status = JobStatus::Failed;
    jobs::JobFilter queued;
    queued.status = JobStatus::Queued;
    jobs::JobFilter completed;
    completed.status = JobStatus::Completed;
    jobs::JobFilter dead;
    dead.dead_letters = true;
    jobs::JobFilter rare = dead;
    rare.code = "rare";
    jobs::JobFilter never = dead;
    never.code = "never_seen";
    jobs::JobFilter any_code;
    any_code.code = "rare";
    jobs::JobFilter old = rare;
    old.older_than = std::chrono::hours(24 * 8);
    jobs::JobFilter nullifier;
    nullifier.nullifier.emplace();
    (*nullifier.nullifier)[31] = 77;
    jobs::JobFilter signature;
    signature.signature = make_signature(1);
    return {{"all", {}},
            {"all, from the middle", {}, true},
            {"failed", failed},
            {"queued", queued, false, 0},
            {"completed", completed, false, 0},
            {"dead letters", dead},
            {"dead letters, from the middle", dead, true},
            {"dead letters of a code", rare},
            {"dead letters of a code that none has", never, false, 0},
            {"of a code", any_code},
            {"dead letters of a code, old", old},
            {"by nullifier", nullifier, false, 1},
            {"by signature", signature, false, 0}};
}

/// Pages that the plan touched; its first node counts those below it.
double pages_of(const json& plan) {
    return plan.at("Shared Hit Blocks").get<double>() + plan.at("Shared Read Blocks").get<double>();
}

// One test, since the table takes seconds to fill. The ledger has 30,000 pages of jobs.
TEST(OperatorPlans, AListReadsWhatItsPageTakesOfAMillionFailedJobs) {
    constexpr double kMostPages = 200;
    const PostgresDatabase database;
    database.execute(kFill);
    postgres::Watch watch;
    postgres::Session session(database.settings(), watch, {});
    jobs::ListPosition middle;
    middle.created_at = std::chrono::floor<std::chrono::microseconds>(
        std::chrono::system_clock::now() - std::chrono::hours(24 * 7));
    for (const auto* moment : {"never analysed", "analysed"}) {
        for (const auto& question : questions()) {
            const auto after = question.from_the_middle ? std::optional(middle)
                                                        : std::optional<jobs::ListPosition>();
            auto statement = postgres::sql::list_jobs(question.filter, after, 50);
            statement.sql.insert(0, "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ");
            const auto work = [&](pqxx::connection& connection) {
                pqxx::work transaction(connection);
                return json::parse(execute(transaction, statement)[0][0].c_str());
            };
            const auto told =
                session.run(work, std::chrono::seconds(20), postgres::AfterLoss::Repeat).at(0);
            EXPECT_LT(pages_of(told.at("Plan")), kMostPages)
                << question.name << ", " << moment << "\n"
                << told.dump(1);
            if (question.rows > 0) {
                EXPECT_EQ(told.at("Plan").at("Actual Rows").get<double>(), question.rows)
                    << question.name << ", " << moment;
            }
            std::cout << question.name << ", " << moment << ": "
                      << told.at("Planning Time").get<double>() << " ms to plan, "
                      << told.at("Execution Time").get<double>() << " ms, "
                      << pages_of(told.at("Plan")) << " pages\n";
        }
        database.execute("ANALYZE jobs, transactions");
    }
}

} // namespace
} // namespace relay::test
