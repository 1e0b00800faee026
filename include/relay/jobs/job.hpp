#pragma once
// A withdraw on its way: the words that the ledger, the schedule and the worker share. Values only.

#include "relay/solana/shield_pool.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/transaction.hpp"
#include "relay/solana/units.hpp"

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay::jobs {

using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// A UUID; the client's request_id.
struct JobId {
    std::array<std::uint8_t, 16> bytes{};

    /// A version 7 UUID (RFC 9562): ordered by time, so that rows come in index order; 74 of its
    /// bits are the system's randomness.
    static JobId make(std::chrono::system_clock::time_point now);
    /// The 36-character form, of either case, or nothing.
    static std::optional<JobId> parse(std::string_view text);
    std::string to_string() const;
    auto operator<=>(const JobId&) const = default;
};

/// Only for ids made here, whose last bytes are random: a stranger could choose ids that collide.
struct JobIdHash {
    std::size_t operator()(const JobId& id) const {
        std::size_t hash = 0;
        std::memcpy(&hash, id.bytes.data() + id.bytes.size() - sizeof hash, sizeof hash);
        return hash;
    }
};

enum class JobStatus { Queued, Processing, Completed, Failed };
std::string_view to_string(JobStatus status);
std::optional<JobStatus> parse_job_status(std::string_view text);

/// A claim's token, a random UUID. Every write of a worker names it; one that is no longer the
/// row's writes nothing.
struct Lease {
    std::array<std::uint8_t, 16> token{};
    bool operator==(const Lease&) const = default;
};

/// A claimed job, as a write names it.
struct Claim {
    JobId id;
    Lease lease;
};

/// When a live job may be claimed; negative or zero: now.
struct DueJob {
    JobId id;
    /// Negative: it is due, and goes before what is due for a shorter time.
    std::chrono::milliseconds due_in{0};
};

/// A failed job, and how long ago it failed.
struct DeadLetter {
    JobId id;
    std::chrono::milliseconds age{0};
};

/// Why an attempt did not pay: a stable code and a sentence for an operator.
struct JobError {
    std::string code;
    std::string message;
    bool operator==(const JobError&) const = default;
};

/// What a worker holds of a job it has claimed.
struct Job {
    JobId id;
    Lease lease;
    solana::Withdraw withdraw;
    int retry_count = 0;
    /// Signed and committed before it was sent; not proven dead.
    std::optional<solana::SavedTransaction> transaction;
    /// The saved transaction was refused by a preflight and has never left us.
    bool transaction_refused = false;
    /// Every signature this job had before `transaction`.
    std::vector<solana::Signature> earlier_signatures;
    /// It had failed, and an operator had it retried since `transaction` was signed: what that
    /// failed by was the verdict then, and is none now.
    bool retried = false;
    /// Since acceptance, by the ledger's clock.
    std::chrono::milliseconds age{0};
};

/// What becomes of the saved transaction when a job is given back.
enum class KeepTransaction {
    /// It may be on its way.
    Keep,
    /// It has never left us, but its bytes are good: they are sent at the next attempt.
    KeepRefused,
    /// It can never land.
    Drop,
};

/// A job's row as /status tells it.
struct JobView {
    JobId id;
    JobStatus status = JobStatus::Queued;
    /// The signature of the transaction that landed; only where completed.
    std::optional<solana::Signature> tx_id;
    std::optional<solana::Slot> slot;
    std::optional<JobError> error;
    int retry_count = 0;
    /// Only while queued.
    std::optional<Timestamp> next_attempt_at;
    /// Live, and may be claimed now: by the ledger's clock.
    bool due = false;
    Timestamp created_at;
    std::optional<Timestamp> started_at;
    Timestamp updated_at;
    std::optional<Timestamp> completed_at;
};

} // namespace relay::jobs
