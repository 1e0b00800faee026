#pragma once
// The ledger's SQL. Each statement takes its rows as arrays, so that a batch is one round trip and
// one commit. Rows are locked in the order of their ids, so that two processes' batches cannot
// deadlock. A write names the claim's lease, and changes only rows that still carry it.
//
// unnest over several arrays lines their elements up; several in a SELECT list do the same without
// first copying all of them, which is worth it where the elements are large. Rows are looked up one
// by one, by primary key, at any table size: a look-up that locks, or has an OFFSET, is never
// turned into another join, and sessions are told to leave hash joins, merge joins and whole-table
// scans alone (session.cpp). That matters most where a table was analysed while it was
// empty: a join then reads all of it for each batch, until it is analysed again.

#include "relay/solana/shield_pool.hpp"
#include "session.hpp"

#include <array>
#include <string>

namespace relay::postgres::sql {

// The winners' withdraws, and the transactions of those with a head start, in the same commit. IS
// TRUE keeps the look-up among them a hashed one: as a join it would be a loop over all of them for
// each. Those without a head start have no lease and no part in the arrays from $6 on.
inline const PreparedStatement kInsert{"insert_jobs", R"sql(
    WITH fresh AS (
        INSERT INTO jobs (request_id, nullifier, lease, status, due_at, started_at)
        SELECT request_id, nullifier, lease,
               CASE WHEN lease IS NULL THEN 'queued' ELSE 'processing' END,
               now() + coalesce(lease_time, 0) * interval '1 millisecond',
               CASE WHEN lease IS NOT NULL THEN now() END
        FROM unnest($1::uuid[], $2::bytea[], $4::uuid[], $5::bigint[])
            AS input (request_id, nullifier, lease, lease_time)
        WHERE NOT EXISTS (
            SELECT FROM nullifiers spent WHERE spent.nullifier = input.nullifier OFFSET 0)
        ORDER BY nullifier
        ON CONFLICT (nullifier) WHERE status <> 'failed' DO NOTHING
        RETURNING request_id),
    signed AS (
        INSERT INTO transactions
            (request_id, signature, wire, last_valid_block_height, blockhash_slot)
        SELECT request_id, signature, wire, height, slot
        FROM (SELECT unnest($6::uuid[]) AS request_id, unnest($7::text[]) AS signature,
                     unnest($8::bytea[]) AS wire, unnest($9::bigint[]) AS height,
                     unnest($10::bigint[]) AS slot) input
        WHERE (request_id IN (SELECT request_id FROM fresh)) IS TRUE)
    INSERT INTO withdraws (request_id, instruction)
    SELECT request_id, instruction
    FROM (SELECT unnest($1::uuid[]) AS request_id, unnest($3::bytea[]) AS instruction) input
    WHERE (request_id IN (SELECT request_id FROM fresh)) IS TRUE
    RETURNING request_id
)sql"};

/// "position FOR bytes" of the public inputs in an instruction; SQL counts from 1.
inline const std::string kPublicInputsRange = std::to_string(solana::kPublicInputsOffset + 1) +
                                              " FOR " + std::to_string(solana::kPublicInputBytes);

// Read in a statement of its own: the rows that won an insert are not in that insert's snapshot. A
// completed job whose row was removed is known by the fingerprint of its public inputs.
inline const PreparedStatement kFindHolders{"find_holders", R"sql(
    SELECT input.request_id, coalesce(job.request_id, spent.request_id), job.status,
           coalesce(substring(withdraw.instruction FROM )sql" + kPublicInputsRange +
                                                                R"sql() = input.public_inputs,
                    spent.fingerprint = sha256(input.public_inputs), false)
    FROM unnest($1::uuid[], $2::bytea[], $3::bytea[])
        AS input (request_id, nullifier, public_inputs)
    LEFT JOIN LATERAL (
        SELECT request_id, status FROM jobs
        WHERE nullifier = input.nullifier AND status <> 'failed'
        OFFSET 0) job ON true
    LEFT JOIN LATERAL (
        SELECT instruction FROM withdraws WHERE request_id = job.request_id
        OFFSET 0) withdraw ON true
    LEFT JOIN LATERAL (
        SELECT request_id, fingerprint FROM nullifiers WHERE nullifier = input.nullifier
        OFFSET 0) spent ON true
    WHERE job.request_id IS NOT NULL OR spent.request_id IS NOT NULL
)sql"};

// A job's first claim, as most are, has no transactions to look for. LEFT: a claimed job without
// its withdraw is to be seen and told of.
inline const std::string kClaimWanted = R"sql(,
    claimed AS (
        UPDATE jobs job
        SET status = 'processing', lease = gen_random_uuid(), transaction_refused = false,
            due_at = now() + $2::bigint * interval '1 millisecond',
            started_at = coalesce(started_at, now()), updated_at = now()
        FROM wanted
        WHERE job.request_id = wanted.request_id
        RETURNING job.request_id, job.lease, job.retry_count, wanted.transaction_refused,
                  wanted.claimed_before, job.retried_at,
                  (extract(epoch FROM now() - job.created_at) * 1000)::bigint AS age)
    SELECT claimed.request_id, lease, encode(withdraw.instruction, 'hex'), retry_count,
           CASE WHEN claimed_before THEN (
               SELECT string_agg(signature, ',' ORDER BY id) FROM transactions
               WHERE request_id = claimed.request_id) END,
           encode(latest.wire, 'hex'), latest.last_valid_block_height, transaction_refused, age,
           (extract(epoch FROM now() - latest.signed_at) * 1000)::bigint, latest.blockhash_slot,
           coalesce(claimed.retried_at > latest.signed_at, false)
    FROM claimed
    LEFT JOIN LATERAL (
        SELECT instruction FROM withdraws WHERE request_id = claimed.request_id
        OFFSET 0) withdraw ON true
    LEFT JOIN LATERAL (
        SELECT wire, last_valid_block_height, signed_at, blockhash_slot FROM transactions
        WHERE claimed_before AND request_id = claimed.request_id
        ORDER BY id DESC LIMIT 1) latest ON true
)sql";

// NOT IN the final states, so that the index by due time is no match and the primary key is walked.
inline const PreparedStatement kClaim{"claim_jobs", R"sql(
    WITH wanted AS (
        SELECT found.*
        FROM (SELECT DISTINCT request_id FROM unnest($1::uuid[]) AS row (request_id)
              ORDER BY request_id) input
        CROSS JOIN LATERAL (
            SELECT job.request_id, job.transaction_refused,
                   job.started_at IS NOT NULL AS claimed_before
            FROM jobs job
            WHERE job.request_id = input.request_id AND job.status NOT IN ('completed', 'failed')
                  AND job.due_at <= now()
            FOR UPDATE SKIP LOCKED) found)
)sql" + kClaimWanted};

inline const PreparedStatement kClaimDue{"claim_due_jobs", R"sql(
    WITH wanted AS (
        SELECT request_id, transaction_refused, started_at IS NOT NULL AS claimed_before
        FROM jobs
        WHERE status IN ('queued', 'processing') AND due_at <= now()
        ORDER BY due_at, request_id
        LIMIT $1::bigint
        FOR UPDATE SKIP LOCKED)
)sql" + kClaimWanted};

// Follows `input`: in the order in which its rows are to be locked, which nested loops keep.
inline const std::string kSorted = R"sql(,
    sorted AS (SELECT * FROM input ORDER BY request_id)
)sql";

// The job's history, with the error and the transaction it befell.
inline const std::string kErrorAdded = R"sql(errors || jsonb_build_object(
            'at', now(), 'attempt', retry_count + 1, 'code', input.code,
            'message', input.message, 'signature',
            (SELECT signature FROM transactions WHERE request_id = job.request_id
             ORDER BY id DESC LIMIT 1)))sql";

// The row of jobs is locked, not written: nobody claims it before the transaction is committed. The
// arrays come in the order of the ids.
inline const PreparedStatement kSaveTransactions{"save_transactions", R"sql(
    INSERT INTO transactions (request_id, signature, wire, last_valid_block_height, blockhash_slot)
    SELECT input.request_id, signature, wire, height, slot
    FROM (SELECT unnest($1::uuid[]) AS request_id, unnest($2::uuid[]) AS lease,
                 unnest($3::text[]) AS signature, unnest($4::bytea[]) AS wire,
                 unnest($5::bigint[]) AS height, unnest($6::bigint[]) AS slot) input
    CROSS JOIN LATERAL (
        SELECT FROM jobs job
        WHERE job.request_id = input.request_id AND job.lease = input.lease
        FOR NO KEY UPDATE) held
    RETURNING request_id
)sql"};

inline const PreparedStatement kRenew{"renew_leases", R"sql(
    WITH input AS (
        SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS row (request_id, lease)))sql" +
                                                          kSorted + R"sql(
    UPDATE jobs job SET due_at = now() + $3::bigint * interval '1 millisecond'
    FROM sorted input
    WHERE job.request_id = input.request_id AND job.lease = input.lease
    RETURNING job.request_id
)sql"};

inline const PreparedStatement kComplete{"complete_jobs", R"sql(
    WITH input AS (
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::boolean[])
            AS row (request_id, lease, signature, slot, final)))sql" +
                                                              kSorted + R"sql(,
    done AS (
        UPDATE jobs job
        SET status = 'completed', lease = NULL, tx_id = input.signature, slot = input.slot,
            final = input.final,
            error_code = NULL, error = NULL, completed_at = now(), updated_at = now()
        FROM sorted input
        WHERE job.request_id = input.request_id AND job.lease = input.lease
        RETURNING job.request_id, job.nullifier, job.tx_id, job.slot),
    recorded AS (
        INSERT INTO nullifiers (nullifier, request_id, signature, slot)
        SELECT nullifier, request_id, tx_id, slot FROM done ORDER BY nullifier
        ON CONFLICT (nullifier) DO NOTHING)
    SELECT request_id FROM done
)sql"};

// Those that kComplete did not change because an earlier try had, whose answer was lost. Only
// completed jobs have a tx_id; to ask for the status would make the index by nullifier a match.
inline const PreparedStatement kCompletedBefore{"completed_before", R"sql(
    SELECT job.request_id
    FROM unnest($1::uuid[], $2::text[]) AS input (request_id, signature)
    JOIN jobs job USING (request_id)
    WHERE job.tx_id = input.signature
)sql"};

inline const PreparedStatement kGiveBack{"give_back_jobs", R"sql(
    WITH input AS (
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::boolean[],
                             $6::text[], $7::text[])
            AS row (request_id, lease, delay, keep, counts, code, message)))sql" +
                                                               kSorted + R"sql(,
    given AS (
    UPDATE jobs job
    SET status = 'queued', lease = NULL,
        due_at = now() + input.delay * interval '1 millisecond',
        transaction_refused = (input.keep = 'keep_refused'),
        retry_count = retry_count + input.counts::integer,
        error_code = coalesce(input.code, error_code), error = coalesce(input.message, error),
        errors = CASE WHEN input.counts THEN )sql" + kErrorAdded +
                                                               R"sql( ELSE errors END,
        updated_at = now()
    FROM sorted input
    WHERE job.request_id = input.request_id AND job.lease = input.lease
    RETURNING job.request_id, input.keep),
    dropped AS (
        UPDATE transactions transaction SET wire = NULL
        WHERE transaction.request_id = ANY (
                  ARRAY(SELECT request_id FROM given WHERE keep = 'drop'))
              AND transaction.wire IS NOT NULL)
    SELECT request_id FROM given
)sql"};

// NOT IN the other states, so that the index by due time is no match; found under a lock, since a
// join may sweep the index by nullifier, whose jobs these are too.
inline const PreparedStatement kHurry{"hurry_jobs", R"sql(
    WITH input AS (
        SELECT * FROM unnest($1::uuid[], $2::text[]) AS row (request_id, code)))sql" +
                                                        kSorted + R"sql(
    UPDATE jobs job SET due_at = now()
    FROM sorted input CROSS JOIN LATERAL (
        SELECT request_id FROM jobs
        WHERE request_id = input.request_id AND error_code = input.code
              AND status NOT IN ('processing', 'completed', 'failed') AND due_at > now()
        FOR NO KEY UPDATE) held
    WHERE job.request_id = held.request_id
    RETURNING job.request_id
)sql"};

inline const PreparedStatement kFail{"fail_jobs", R"sql(
    WITH input AS (
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[])
            AS row (request_id, lease, code, message)))sql" +
                                                      kSorted + R"sql(
    UPDATE jobs job
    SET status = 'failed', lease = NULL, error_code = input.code, error = input.message,
        errors = )sql" + kErrorAdded + R"sql(,
        updated_at = now()
    FROM sorted input
    WHERE job.request_id = input.request_id AND job.lease = input.lease
    RETURNING job.request_id
)sql"};

// Those that kFail did not change because an earlier try had, whose answer was lost. OFFSET 0: the
// index of failed jobs by code finds too many.
inline const PreparedStatement kFailedBefore{"failed_before", R"sql(
    SELECT input.request_id
    FROM unnest($1::uuid[], $2::text[]) AS input (request_id, code)
    CROSS JOIN LATERAL (
        SELECT status, error_code FROM jobs WHERE request_id = input.request_id
        OFFSET 0) job
    WHERE job.status = 'failed' AND job.error_code = input.code
)sql"};

// Payments that may yet be taken back, the oldest first, with what is needed to look for them.
inline const PreparedStatement kNotFinal{"not_final_jobs", R"sql(
    SELECT job.request_id, job.tx_id, coalesce(paid.last_valid_block_height, 0),
           (extract(epoch FROM now() - coalesce(paid.signed_at, job.created_at)) * 1000)::bigint
    FROM jobs job
    LEFT JOIN LATERAL (
        SELECT last_valid_block_height, signed_at FROM transactions
        WHERE request_id = job.request_id AND signature = job.tx_id
        OFFSET 0) paid ON true
    WHERE NOT job.final
    ORDER BY job.completed_at
    LIMIT $1::bigint
)sql"};

/// Follows `input`: those of its payments that may yet be taken back, locked. Without the lock a
/// join may sweep the index of all such payments.
inline const std::string kNotFinalHeld = kSorted + R"sql(,
    held AS (
        SELECT input.* FROM sorted input CROSS JOIN LATERAL (
            SELECT FROM jobs
            WHERE request_id = input.request_id AND tx_id = input.signature AND NOT final
            FOR NO KEY UPDATE) payment)
)sql";

inline const PreparedStatement kSettle{"settle_payments", R"sql(
    WITH input AS (
        SELECT * FROM unnest($1::uuid[], $2::text[]) AS row (request_id, signature)))sql" +
                                                              kNotFinalHeld + R"sql(
    UPDATE jobs job SET final = true FROM held WHERE job.request_id = held.request_id
    RETURNING job.request_id
)sql"};

// Queued again, as after a retry: whoever claims it asks the chain about every signature first.
inline const PreparedStatement kReopen{"reopen_jobs", R"sql(
    WITH input AS (
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
            AS row (request_id, signature, code, message)))sql" +
                                                          kNotFinalHeld + R"sql(,
    reopened AS (
        UPDATE jobs job
        SET status = 'queued', tx_id = NULL, slot = NULL, completed_at = NULL, final = true,
            due_at = now(), updated_at = now(), error_code = held.code, error = held.message,
            errors = errors || jsonb_build_object('at', now(), 'attempt', retry_count + 1,
                'code', held.code, 'message', held.message, 'signature', held.signature)
        FROM held
        WHERE job.request_id = held.request_id
        RETURNING job.request_id, job.nullifier),
    unspent AS (
        DELETE FROM nullifiers
        WHERE nullifier = ANY (ARRAY(SELECT nullifier FROM reopened))
              AND request_id = ANY (ARRAY(SELECT request_id FROM reopened)))
    SELECT request_id FROM reopened
)sql"};

/// What read_view reads.
inline const std::string kViewColumns = R"sql(
           request_id, status, tx_id, slot, error_code, error, retry_count,
           CASE WHEN status = 'queued' THEN (extract(epoch FROM due_at) * 1000000)::bigint END,
           (extract(epoch FROM created_at) * 1000000)::bigint,
           (extract(epoch FROM started_at) * 1000000)::bigint,
           (extract(epoch FROM updated_at) * 1000000)::bigint,
           (extract(epoch FROM completed_at) * 1000000)::bigint,
           status IN ('queued', 'processing') AND due_at <= now())sql";

inline const PreparedStatement kFind{
    "find_jobs", "SELECT " + kViewColumns + " FROM jobs WHERE request_id = ANY ($1::uuid[])"};

/// What kViewColumns are of a completed job whose row was removed: read of nullifiers.
inline const std::string kRemovedViewColumns = R"sql(
           request_id, 'completed', signature, slot, NULL::text, NULL::text, retry_count,
           NULL::bigint,
           (extract(epoch FROM created_at) * 1000000)::bigint,
           (extract(epoch FROM started_at) * 1000000)::bigint,
           (extract(epoch FROM spent_at) * 1000000)::bigint,
           (extract(epoch FROM spent_at) * 1000000)::bigint,
           false)sql";

// Asked only for what kFind did not find.
inline const PreparedStatement kFindRemoved{
    "find_removed_jobs", "SELECT " + kRemovedViewColumns +
                             " FROM nullifiers "
                             "WHERE request_id = ANY ($1::uuid[]) AND created_at IS NOT NULL"};

inline const PreparedStatement kDueTimes{"due_times", R"sql(
    SELECT found.* FROM unnest($1::uuid[]) AS input (request_id) CROSS JOIN LATERAL (
        SELECT job.request_id, ceil(extract(epoch FROM job.due_at - now()) * 1000)::bigint
        FROM jobs job
        WHERE job.request_id = input.request_id AND job.status NOT IN ('completed', 'failed')
        OFFSET 0) found
)sql"};

inline const PreparedStatement kWalk{"walk_jobs", R"sql(
    SELECT request_id, due_at, ceil(extract(epoch FROM due_at - now()) * 1000)::bigint,
           status = 'queued' OR due_at <= now()
    FROM jobs
    WHERE status IN ('queued', 'processing') AND (due_at, request_id) > ($1::timestamptz, $2::uuid)
    ORDER BY due_at, request_id
    LIMIT $3::bigint
)sql"};

inline const PreparedStatement kCount{"count_jobs", R"sql(
    SELECT count(*) FILTER (WHERE status = 'queued'), count(*) FILTER (WHERE status = 'processing'),
           coalesce((extract(epoch FROM now() - min(due_at)
                     FILTER (WHERE status = 'queued' AND due_at <= now())) * 1000)::bigint, 0),
           count(*) FILTER (WHERE error_code = 'proof_of_expiry'),
           coalesce((extract(epoch FROM now() - min(created_at)) * 1000)::bigint, 0),
           coalesce((extract(epoch FROM now() - min(created_at)
                     FILTER (WHERE error_code IS DISTINCT FROM 'root_not_found')) * 1000)::bigint,
                    0),
           (SELECT count(*) FROM jobs WHERE status = 'failed' AND discarded_at IS NULL)
    FROM jobs WHERE status IN ('queued', 'processing')
)sql"};

// Nothing changes a failed job: it was updated when it failed.
inline const PreparedStatement kWalkDeadLetters{"walk_dead_letters", R"sql(
    SELECT request_id, updated_at,
           greatest(extract(epoch FROM now() - updated_at) * 1000, 0)::bigint
    FROM jobs
    WHERE status = 'failed' AND discarded_at IS NULL
      AND (updated_at, request_id) > ($1::timestamptz, $2::uuid)
    ORDER BY updated_at, request_id
    LIMIT $3::bigint
)sql"};

inline const std::array kStatements = {
    kInsert,         kFindHolders, kClaim,    kClaimDue,        kSaveTransactions,
    kHurry,          kRenew,       kComplete, kCompletedBefore, kFail,
    kFailedBefore,   kGiveBack,    kFind,     kFindRemoved,     kDueTimes,
    kWalk,           kCount,       kNotFinal, kSettle,          kReopen,
    kWalkDeadLetters};

} // namespace relay::postgres::sql
