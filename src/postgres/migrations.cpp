#include "relay/postgres/migrations.hpp"

#include "relay/base/error.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/postgres/settings.hpp"
#include "session.hpp"
#include "watch.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <pqxx/pqxx>
#include <stdexcept>
#include <string>
#include <vector>

namespace relay::postgres {

namespace {

struct Migration {
    int version;
    const char* name;
    const char* sql;
};

// Steps already released are never edited: a change is a new step at the end.
constexpr std::array kMigrations = {
    Migration{1, "jobs and nullifiers", R"sql(
        CREATE TABLE jobs (
            request_id uuid PRIMARY KEY,
            status text NOT NULL DEFAULT 'queued'
                CHECK (status IN ('queued', 'processing', 'completed', 'failed')),
            nullifier bytea NOT NULL,
            -- The withdraw instruction's data: proof, public inputs and outputs.
            instruction bytea NOT NULL,
            -- When this job may next be claimed. queued: its next attempt; processing: its lease's end.
            due_at timestamptz NOT NULL DEFAULT now(),
            lease uuid,
            retry_count integer NOT NULL DEFAULT 0,
            -- Every signature ever made for the job; the last is wire_transaction's.
            signatures text[] NOT NULL DEFAULT '{}',
            wire_transaction bytea,
            last_valid_block_height bigint,
            -- wire_transaction failed its preflight and has never left us.
            transaction_refused boolean NOT NULL DEFAULT false,
            -- The signature that landed, and where.
            tx_id text,
            slot bigint,
            error_code text,
            error text,
            errors jsonb NOT NULL DEFAULT '[]',
            created_at timestamptz NOT NULL DEFAULT now(),
            started_at timestamptz,
            updated_at timestamptz NOT NULL DEFAULT now(),
            completed_at timestamptz,
            CHECK ((status = 'processing') = (lease IS NOT NULL)),
            CHECK ((status = 'completed') = (tx_id IS NOT NULL))
        ) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
        CREATE UNIQUE INDEX jobs_nullifier ON jobs (nullifier) WHERE status <> 'failed';
        CREATE INDEX jobs_due ON jobs (due_at, request_id)
            WHERE status IN ('queued', 'processing');
        -- The permanent record: rows of jobs may be archived, these stay.
        CREATE TABLE nullifiers (
            nullifier bytea PRIMARY KEY,
            request_id uuid NOT NULL,
            signature text NOT NULL,
            slot bigint NOT NULL,
            spent_at timestamptz NOT NULL DEFAULT now()
        );
    )sql"},
    // What never changes stands apart from what changes at every step: an update of a job copies
    // its row, and copied these kilobytes with it.
    Migration{2, "withdraws and transactions in tables of their own", R"sql(
        -- No foreign keys: rows come in one statement with their job's, or under its lease, and
        -- each check would cost as much as the insert.
        CREATE TABLE withdraws (
            request_id uuid PRIMARY KEY,
            -- The withdraw instruction's data: proof, public inputs and outputs.
            instruction bytea NOT NULL
        );
        -- Every transaction ever signed for a job. The newest may be sent, if it has its bytes.
        CREATE TABLE transactions (
            request_id uuid NOT NULL,
            id bigint GENERATED ALWAYS AS IDENTITY,
            signature text NOT NULL,
            -- NULL: never to be sent again.
            wire bytea,
            last_valid_block_height bigint,
            signed_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (request_id, id)
        );
        INSERT INTO withdraws (request_id, instruction)
        SELECT request_id, instruction FROM jobs;
        INSERT INTO transactions (request_id, signature, wire, last_valid_block_height, signed_at)
        SELECT request_id, signature,
               CASE WHEN number = cardinality(signatures) THEN wire_transaction END,
               CASE WHEN number = cardinality(signatures) THEN last_valid_block_height END,
               updated_at
        FROM jobs CROSS JOIN unnest(signatures) WITH ORDINALITY AS made (signature, number)
        ORDER BY request_id, number;
        ALTER TABLE jobs DROP COLUMN instruction, DROP COLUMN signatures,
            DROP COLUMN wire_transaction, DROP COLUMN last_valid_block_height;
    )sql"},
    // Older relays' statements go on working: what they complete counts as final.
    Migration{3, "payments that may yet be taken back, slots of blockhashes", R"sql(
        ALTER TABLE jobs ADD COLUMN final boolean NOT NULL DEFAULT true;
        CREATE INDEX jobs_not_final ON jobs (completed_at) WHERE NOT final;
        -- From here on it can have landed: what a node without history must remember.
        ALTER TABLE transactions ADD COLUMN blockhash_slot bigint;
    )sql"},
    // Older relays' statements need not know of it.
    Migration{4, "failed jobs by the time they failed", R"sql(
        CREATE INDEX jobs_failed_at ON jobs (updated_at, request_id) WHERE status = 'failed';
    )sql"},
    // Lists of jobs, the newest first, page by page; older relays' statements go on working. Each
    // index holds its jobs once or not at all while they are live. Over a million rows they take
    // seconds to build, during which nothing is written.
    Migration{5, "an operator's hands", R"sql(
        ALTER TABLE jobs ADD COLUMN retried_at timestamptz, ADD COLUMN discarded_at timestamptz;
        CREATE INDEX jobs_completed ON jobs (created_at, request_id) WHERE status = 'completed';
        CREATE INDEX jobs_failed ON jobs (created_at, request_id) WHERE status = 'failed';
        CREATE INDEX jobs_failed_code ON jobs (error_code, created_at, request_id)
            WHERE status = 'failed';
        CREATE INDEX jobs_failed_nullifier ON jobs (nullifier) WHERE status = 'failed';
        -- The smallest that finds a signature; each is looked up whole.
        CREATE INDEX transactions_signature ON transactions USING hash (signature);
        -- What operators changed, each row in its change's commit.
        CREATE TABLE operator_changes (
            number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            at timestamptz NOT NULL DEFAULT now(),
            who text NOT NULL,
            action text NOT NULL,
            request_id uuid,
            reason text NOT NULL DEFAULT '',
            until timestamptz
        );
        CREATE INDEX operator_changes_of_job ON operator_changes (request_id, number)
            WHERE request_id IS NOT NULL;
        -- What all relays of this ledger do: one row.
        CREATE TABLE fleet (
            one boolean PRIMARY KEY DEFAULT true CHECK (one),
            mode text NOT NULL DEFAULT 'running'
                CHECK (mode IN ('running', 'paused', 'draining')),
            reason text NOT NULL DEFAULT '',
            until timestamptz
        );
        INSERT INTO fleet DEFAULT VALUES;
    )sql"},
    // What is told of a completed job whose row was removed. Older relays' statements go on
    // working: they tell of such a nullifier that it is spent, and of its job that it is not known.
    Migration{6, "what stays of completed jobs that were removed", R"sql(
        -- fingerprint: SHA-256 of the public inputs. All NULL while the job's own row stands.
        ALTER TABLE nullifiers ADD COLUMN fingerprint bytea, ADD COLUMN retry_count integer,
            ADD COLUMN created_at timestamptz, ADD COLUMN started_at timestamptz;
        CREATE INDEX nullifiers_of_removed ON nullifiers (request_id)
            WHERE created_at IS NOT NULL;
    )sql"},
};

// A step may rewrite a large table, or wait for another process that does.
constexpr auto kMigrationLimit = std::chrono::hours(1);

// Any number that no other program of the database uses: "shield" in ASCII.
constexpr const char* kAdvisoryLockSql = "SELECT pg_advisory_xact_lock(x'736869656c64'::bigint)";

int current_version(pqxx::work& transaction) {
    // Asked before CREATE, so that a role without that right can start once the schema stands.
    if (transaction.exec("SELECT to_regclass('schema_migrations')")[0][0].is_null()) {
        transaction.exec(
            "CREATE TABLE schema_migrations (version integer PRIMARY KEY, name text "
            "NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())");
    }
    return transaction.exec("SELECT coalesce(max(version), 0) FROM schema_migrations")[0][0]
        .as<int>();
}

/// Applies the step after the newest one applied; its name, or "" where nothing is missing. `step`
/// tells meanwhile which it is.
std::string apply_next(pqxx::connection& connection, int last, std::string& step) {
    pqxx::work transaction(connection);
    transaction.exec("SET LOCAL statement_timeout = 0");
    transaction.exec(kAdvisoryLockSql);
    const int version = current_version(transaction);
    if (version > kMigrations.back().version) {
        throw std::runtime_error("the database's schema (version " + std::to_string(version) +
                                 ") is newer than this relayd knows (" +
                                 std::to_string(kMigrations.back().version) +
                                 "); start a newer relayd");
    }
    const auto next = std::ranges::find_if(
        kMigrations, [version](const Migration& made) { return made.version > version; });
    if (next != kMigrations.end() && next->version <= last) {
        step = "step " + std::to_string(next->version) + " of the schema (" + next->name + ")";
        transaction.exec(next->sql);
        transaction.exec("INSERT INTO schema_migrations (version, name) VALUES (" +
                         std::to_string(next->version) + ", " + transaction.quote(next->name) +
                         ")");
    }
    transaction.commit();
    return next == kMigrations.end() || next->version > last ? "" : next->name;
}

} // namespace

std::vector<std::string> migrate(const Settings& settings, int last) {
    Watch watch;
    Session session(settings, watch, {});
    std::string step = "the schema's version";
    const auto apply_all = [last, &step](pqxx::connection& connection) {
        std::vector<std::string> applied;
        for (auto name = apply_next(connection, last, step); !name.empty();
             name = apply_next(connection, last, step)) {
            applied.push_back(name);
        }
        return applied;
    };
    try {
        return session.run(apply_all, kMigrationLimit, AfterLoss::Report);
    } catch (const jobs::LedgerRefusal& refusal) {
        throw std::runtime_error(step + " failed: " + refusal.what());
    } catch (const base::Outage& outage) {
        throw base::Outage(step + ": " + outage.what());
    } catch (const jobs::RowFault& fault) {
        throw std::runtime_error(step + " failed: " + fault.what());
    }
}

SchemaVersions schema_versions(const Settings& settings) {
    Watch watch;
    Session session(settings, watch, {});
    const auto ask = [](pqxx::connection& connection) {
        pqxx::nontransaction transaction(connection);
        SchemaVersions versions{.found = 0, .known = kMigrations.back().version};
        if (!transaction.exec("SELECT to_regclass('schema_migrations')")[0][0].is_null()) {
            versions.found =
                transaction.exec("SELECT coalesce(max(version), 0) FROM schema_migrations")[0][0]
                    .as<int>();
        }
        return versions;
    };
    return session.run(ask, settings.statement_timeout, AfterLoss::Repeat);
}

std::string lacks_durability(const Settings& settings) {
    Watch watch;
    Session session(settings, watch, {});
    const auto ask = [](pqxx::connection& connection) {
        pqxx::nontransaction transaction(connection);
        std::string lacking;
        for (const auto* name : {"fsync", "full_page_writes", "synchronous_commit"}) {
            const std::string value =
                transaction.exec("SELECT current_setting('" + std::string(name) + "')")[0][0]
                    .c_str();
            if (value == "off") {
                lacking += (lacking.empty() ? "" : ", ") + std::string(name) + " is off";
            }
        }
        return lacking;
    };
    return session.run(ask, settings.statement_timeout, AfterLoss::Repeat);
}

} // namespace relay::postgres
