#pragma once
// The SQL that removes jobs whose time is over. Each statement takes $1, their age in milliseconds,
// and $2, the time that the last batch came to, so that no batch reads again what those before it
// have removed: what is dead stands in an index until a vacuum. Rows are found by the indexes that
// the lists of jobs have.
//
// A row of a job is locked before anything of it goes, and passed over where another has it: a
// retry of it, or another relay's removal.

#include "session.hpp"
#include "statements.hpp"

#include <array>
#include <string>

namespace relay::postgres::sql {

// For the session: who knows nothing of the tables would rather collect all that is due and sort it
// than read its beginning.
inline constexpr const char* kReadInOrder = "SET enable_sort = off; SET enable_bitmapscan = off";

// A payment that may yet be taken back has an index of its own, and is left to the FinalityWatch.
// Jobs are walked as they were accepted: those few that were long under way are read again until
// their own time is over.
inline const std::string kCompletedDue = R"sql(
        FROM jobs
        WHERE status = 'completed' AND created_at >= $2::timestamptz
              AND created_at <= now() - $1::bigint * interval '1 millisecond'
              AND completed_at <= now() - $1::bigint * interval '1 millisecond' AND final
)sql";

inline const std::string kFailedDue = R"sql(
        FROM jobs
        WHERE status = 'failed' AND updated_at >= $2::timestamptz
              AND updated_at <= now() - $1::bigint * interval '1 millisecond'
)sql";

// Asked before anything is written: a role that may delete nothing is told so only once there is
// something to delete, and a server that only reads once it matters. In order, so that one entry of
// the index is read and not all that are due.
inline const PreparedStatement kIsCompletedDue{
    "is_completed_due", "SELECT EXISTS (SELECT FROM (SELECT 1" + kCompletedDue +
                            "ORDER BY created_at, request_id LIMIT 1) first)"};
inline const PreparedStatement kIsFailedDue{"is_failed_due",
                                            "SELECT EXISTS (SELECT FROM (SELECT 1" + kFailedDue +
                                                "ORDER BY updated_at, request_id LIMIT 1) first)"};

// Each with the time at which the next batch begins.
inline const std::string kRemoveGone = R"sql(
    payloads AS (
        DELETE FROM withdraws WHERE request_id = ANY (ARRAY(SELECT request_id FROM gone))),
    signed AS (
        DELETE FROM transactions WHERE request_id = ANY (ARRAY(SELECT request_id FROM gone))),
    removed AS (
        DELETE FROM jobs WHERE request_id = ANY (ARRAY(SELECT request_id FROM gone))
        RETURNING request_id)
    SELECT due.request_id, due.place::text, removed.request_id IS NOT NULL
    FROM due LEFT JOIN removed USING (request_id)
    ORDER BY due.place
)sql";

// $3: limit. What stays of a job is written before it goes, in the row that recorded its nullifier.
inline const PreparedStatement kRemoveCompleted{"remove_completed_jobs", R"sql(
    WITH due AS (
        SELECT request_id, nullifier, tx_id, slot, retry_count, created_at, started_at,
               completed_at, created_at AS place)sql" + kCompletedDue +
                                                                             R"sql(
        ORDER BY created_at, request_id
        LIMIT $3::bigint
        FOR UPDATE SKIP LOCKED),
    gone AS (
        INSERT INTO nullifiers AS spent
            (nullifier, request_id, signature, slot, spent_at, fingerprint, retry_count,
             created_at, started_at)
        SELECT nullifier, due.request_id, tx_id, slot, completed_at,
               sha256(substring(withdraw.instruction FROM )sql" + kPublicInputsRange +
                                                                             R"sql()),
               retry_count, created_at, started_at
        FROM due
        LEFT JOIN LATERAL (
            SELECT instruction FROM withdraws WHERE request_id = due.request_id
            OFFSET 0) withdraw ON true
        ORDER BY nullifier
        ON CONFLICT (nullifier) DO UPDATE
        SET spent_at = excluded.spent_at, fingerprint = excluded.fingerprint,
            retry_count = excluded.retry_count, created_at = excluded.created_at,
            started_at = excluded.started_at
        WHERE spent.request_id = excluded.request_id
        RETURNING request_id),
)sql" + kRemoveGone};

inline const PreparedStatement kRemoveFailed{"remove_failed_jobs", R"sql(
    WITH due AS (
        SELECT request_id, updated_at AS place)sql" + kFailedDue + R"sql(
        ORDER BY updated_at, request_id
        LIMIT $3::bigint
        FOR UPDATE SKIP LOCKED),
    gone AS (SELECT request_id FROM due),
)sql" + kRemoveGone};

inline const std::array kRetentionStatements = {kIsCompletedDue, kIsFailedDue, kRemoveCompleted,
                                                kRemoveFailed};

} // namespace relay::postgres::sql
