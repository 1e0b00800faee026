#pragma once
// The SQL of an operator's questions and changes. It is planned with the values at hand, since
// which index serves depends on what is asked for: a list's text is made of the parts below, and
// every value is a parameter.

#include "relay/jobs/operator_ledger.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <pqxx/pqxx>
#include <string>

namespace relay::postgres::sql {

/// A list's statement and its parameters, those that are not asked for being NULL.
struct ListStatement {
    std::string sql;
    /// The limit; the position in microseconds and as an id; the nullifier; the signature; the
    /// code; the age in milliseconds.
    std::array<std::optional<std::string>, 7> values;
    /// The rows are walked in the order of an index. Else a nullifier or a signature finds the few
    /// that there are, and they are sorted.
    bool in_order = true;
};

/// The newest first, and one more than `limit`, which tells whether that was all.
ListStatement list_jobs(const jobs::JobFilter& filter,
                        const std::optional<jobs::ListPosition>& after, std::size_t limit);
/// Tells the planner, who may know nothing of the table, which of the two it is.
pqxx::result execute(pqxx::work& transaction, const ListStatement& statement);

/// As list_jobs, of one job: $1.
extern const std::string kReadJob;
/// As kReadJob, of a completed job whose row was removed.
extern const std::string kReadRemovedJob;

inline constexpr const char* kReadErrors = R"sql(
    SELECT (extract(epoch FROM (entry->>'at')::timestamptz) * 1000000)::bigint,
           (entry->>'attempt')::int, entry->>'code', entry->>'message', entry->>'signature'
    FROM jobs CROSS JOIN jsonb_array_elements(errors) WITH ORDINALITY AS past (entry, number)
    WHERE request_id = $1::uuid
    ORDER BY number
)sql";

inline constexpr const char* kReadTransactions = R"sql(
    SELECT signature, (extract(epoch FROM signed_at) * 1000000)::bigint, last_valid_block_height,
           blockhash_slot, wire IS NOT NULL
    FROM transactions WHERE request_id = $1::uuid ORDER BY id
)sql";

inline constexpr const char* kReadWithdraw = R"sql(
    SELECT encode(instruction, 'hex') FROM withdraws WHERE request_id = $1::uuid
)sql";

/// Locks the job that is to be changed, and tells who else has its nullifier.
inline constexpr const char* kHoldJob = R"sql(
    SELECT status, coalesce(error_code, ''), discarded_at IS NOT NULL,
           EXISTS (SELECT FROM withdraws
                   WHERE request_id = job.request_id AND length(instruction) > 0),
           coalesce((SELECT request_id FROM jobs
                     WHERE nullifier = job.nullifier AND status <> 'failed'),
                    (SELECT request_id FROM nullifiers WHERE nullifier = job.nullifier))
    FROM jobs job WHERE request_id = $1::uuid
    FOR NO KEY UPDATE
)sql";

/// Queued as if it had just come, but for what is remembered of it: its transactions stay as they
/// are. $2: who.
inline constexpr const char* kRetryJob = R"sql(
    WITH retried AS (
        UPDATE jobs SET status = 'queued', due_at = now(), retry_count = 0, retried_at = now(),
                        updated_at = now()
        WHERE request_id = $1::uuid AND status = 'failed' AND discarded_at IS NULL
        RETURNING request_id, error_code)
    INSERT INTO operator_changes (who, action, request_id, reason)
    SELECT $2::text, 'retry', request_id, coalesce(error_code, '') FROM retried
    RETURNING number
)sql";

inline constexpr const char* kDiscardJob = R"sql(
    WITH discarded AS (
        UPDATE jobs SET discarded_at = now()
        WHERE request_id = $1::uuid AND status = 'failed' AND discarded_at IS NULL
        RETURNING request_id, error_code)
    INSERT INTO operator_changes (who, action, request_id, reason)
    SELECT $2::text, 'discard', request_id, coalesce(error_code, '') FROM discarded
    RETURNING number
)sql";

inline constexpr const char* kReadFleet = R"sql(
    SELECT mode, reason, (extract(epoch FROM until) * 1000000)::bigint
    FROM fleet WHERE until IS NULL OR until > now()
)sql";

/// $1 to $3: mode, reason, until in microseconds or NULL; $4: who; $5: the action's name.
inline constexpr const char* kWriteFleet = R"sql(
    WITH told AS (
        SELECT $1::text AS mode, $2::text AS reason,
               'epoch'::timestamptz + $3::bigint * interval '1 microsecond' AS until),
    written AS (
        INSERT INTO fleet (mode, reason, until) SELECT mode, reason, until FROM told
        ON CONFLICT (one) DO UPDATE
        SET mode = excluded.mode, reason = excluded.reason, until = excluded.until)
    INSERT INTO operator_changes (who, action, reason, until)
    SELECT $4::text, $5::text, reason, until FROM told
)sql";

/// What read_change reads. $1: before this number, or NULL; $2: limit.
inline constexpr const char* kListChanges = R"sql(
    SELECT number, (extract(epoch FROM at) * 1000000)::bigint, who, action, request_id, reason,
           (extract(epoch FROM until) * 1000000)::bigint
    FROM operator_changes WHERE number < coalesce($1::bigint, 9223372036854775807)
    ORDER BY number DESC LIMIT $2::bigint
)sql";

inline constexpr const char* kChangesOfJob = R"sql(
    SELECT number, (extract(epoch FROM at) * 1000000)::bigint, who, action, request_id, reason,
           (extract(epoch FROM until) * 1000000)::bigint
    FROM operator_changes WHERE request_id = $1::uuid ORDER BY number
)sql";

} // namespace relay::postgres::sql
