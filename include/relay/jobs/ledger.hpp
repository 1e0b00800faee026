#pragma once
// The ledger of jobs: what is committed here is what happened. All times are judged by the ledger's
// own clock; callers pass and receive durations.
//
// Every write takes several jobs and answers each, in the order given; a lone job is a batch of
// one. A fenced write names the claim's lease: where the row's lease is another by now, that job
// answers false and nothing of it is changed, whatever its neighbours do.
//
// All methods throw base::Outage where the ledger cannot be reached; whether the write was then
// committed is not known. LedgerRefusal, which is one too, says that it answers and does not do
// what it is asked; RowFault, which is none, that one of the rows may be why. Each ends within the
// implementation's time limits. A call's size is the caller's to bound: BatchedLedger, through
// which all others come, sends kRowsAtOnce at most, and is where a RowFault ends.
// postgres::make_ledger is the real one, MemoryLedger the tests'.

#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/job.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/transaction.hpp"
#include "relay/solana/units.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace relay::jobs {

/// The ledger answers, and does not do what it is asked: a right, a table or room on a disk is
/// missing, or nothing may be written. Nothing was committed, and a person is needed.
class LedgerRefusal : public base::Outage {
  public:
    using base::Outage::Outage;
};

/// No outage: the call may have been refused for what one of its rows says, so that its neighbours
/// are to be tried without it. Nothing was committed.
class RowFault : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// A claim and its signed transaction, committed together with the job: it is then sent without
/// waiting for a claim of its own.
struct HeadStart {
    /// How long the lease lasts from the commit on.
    std::chrono::milliseconds lease_time{0};
    Lease lease;
    solana::SavedTransaction transaction;
};

struct NewJob {
    JobId id;
    solana::Withdraw withdraw;
    std::optional<HeadStart> head_start;
};

struct InsertOutcome {
    enum class Kind {
        /// A new row stands: claimed, if it has a head start; else queued and due at once.
        Accepted,
        /// The same withdraw is live or completed: `id` and `status` are the first one's.
        Duplicate,
        /// The nullifier is live or spent with other public inputs.
        Conflict,
    };
    Kind kind = Kind::Accepted;
    JobId id;
    JobStatus status = JobStatus::Queued;
};

struct TransactionWrite {
    Claim claim;
    solana::SavedTransaction transaction;
};

struct Completion {
    Claim claim;
    solana::Signature signature;
    solana::Slot slot;
    /// The landing can never be taken back; else it is looked at again (see FinalityWatch).
    bool final = true;
};

struct GiveBack {
    Claim claim;
    /// From now until the job may be claimed again.
    std::chrono::milliseconds delay{0};
    KeepTransaction keep = KeepTransaction::Keep;
    /// A retry was spent: the count rises and the error enters the history.
    bool counts = false;
    /// None: the job is given back untouched, as at shutdown.
    std::optional<JobError> error;
};

/// A job that was given back with this code, and need not wait any longer.
struct Hurry {
    JobId id;
    std::string code;
};

/// The last write of a job that cannot be paid.
struct Failure {
    Claim claim;
    JobError error;
};

/// A payment that may yet be taken back.
struct Payment {
    JobId id;
    solana::Signature signature;
    solana::BlockHeight last_valid_block_height;
    /// Since the transaction was signed.
    std::chrono::milliseconds age{0};
};

/// A payment that was taken back, and what the job's history is to say of it.
struct Reopening {
    JobId id;
    solana::Signature signature;
    JobError error;
};

struct JobCounts {
    std::uint64_t queued = 0;
    std::uint64_t processing = 0;
    /// Since the longest-due job could have been claimed; zero where none is due.
    std::chrono::milliseconds oldest_due{0};
    /// Live ones whose transaction's life is over, but not proven to have ended without landing.
    std::uint64_t unproven = 0;
    /// Since the oldest live job was accepted; zero where none is live.
    std::chrono::milliseconds oldest_age{0};
    /// The same of those that do not wait for a root: that is their clients' to wait for.
    std::chrono::milliseconds oldest_age_but_root{0};
    std::uint64_t failed = 0;
    std::uint64_t live() const { return queued + processing; }
};

/// Where a walk over the live jobs stands; default: at its beginning.
struct WalkPosition {
    std::string due_at;
    JobId id;
};

struct WalkPage {
    std::vector<DueJob> jobs;
    /// None: this was the last page.
    std::optional<WalkPosition> next;
};

/// Where a walk over the failed jobs stands; default: at its beginning.
struct DeadLetterPosition {
    std::string failed_at;
    JobId id;
};

struct DeadLetterPage {
    std::vector<DeadLetter> letters;
    /// None: this was the last page.
    std::optional<DeadLetterPosition> next;
};

class Ledger {
  public:
    virtual ~Ledger() = default;

    virtual base::Task<std::vector<InsertOutcome>> insert(std::vector<NewJob> jobs) = 0;

    /// Claims those of the named jobs that are live and due, for `lease` from now. A job that is
    /// not among the answers is final, not due, or another's.
    virtual base::Task<std::vector<Job>> claim(std::vector<JobId> ids,
                                               std::chrono::milliseconds lease) = 0;
    /// Claims the longest due, where there is no schedule to say which.
    virtual base::Task<std::vector<Job>> claim_due(std::size_t limit,
                                                   std::chrono::milliseconds lease) = 0;

    virtual base::Task<std::vector<bool>> save_transactions(
        std::vector<TransactionWrite> writes) = 0;
    virtual base::Task<std::vector<bool>> renew(std::vector<Claim> claims,
                                                std::chrono::milliseconds lease) = 0;
    /// Completed, and the nullifier recorded, in one commit. True also where the job is completed
    /// by this signature already: an earlier try whose answer was lost had succeeded.
    virtual base::Task<std::vector<bool>> complete(std::vector<Completion> completions) = 0;
    /// Queued again.
    virtual base::Task<std::vector<bool>> give_back(std::vector<GiveBack> gifts) = 0;
    /// Due at once. True for each that is queued with this code, and was not due.
    virtual base::Task<std::vector<bool>> hurry(std::vector<Hurry> hurries) = 0;
    /// Failed. True also where the job has failed with this code already.
    virtual base::Task<std::vector<bool>> fail(std::vector<Failure> failures) = 0;

    virtual base::Task<std::vector<std::optional<JobView>>> find(std::vector<JobId> ids) = 0;
    /// What an insert would answer, writing nothing: Duplicate or Conflict, or none where no job is
    /// live or completed with the nullifier.
    virtual base::Task<std::vector<std::optional<InsertOutcome>>> find_holders(
        std::vector<NewJob> jobs) = 0;
    /// Those of the named jobs that are live.
    virtual base::Task<std::vector<DueJob>> due_times(std::vector<JobId> ids) = 0;
    /// Queued jobs and those whose lease has run out, by due time, a page at a time.
    virtual base::Task<WalkPage> walk(WalkPosition from, std::size_t limit) = 0;
    virtual base::Task<JobCounts> count() = 0;
    /// Failed jobs, the longest failed first, a page at a time.
    virtual base::Task<DeadLetterPage> walk_dead_letters(DeadLetterPosition from,
                                                         std::size_t limit) = 0;

    /// Whether withdraws can be accepted, sent and settled now: writes a job of nobody's through
    /// all that an accepted one goes through, takes it back, and commits. Returns where that could
    /// be done, and throws whatever stood in its way.
    virtual base::Task<void> probe() = 0;

    /// Completed, and not final; the longest completed first.
    virtual base::Task<std::vector<Payment>> not_final(std::size_t limit) = 0;
    /// These are final now. True for each that was not.
    virtual base::Task<std::vector<bool>> settle(std::vector<Payment> payments) = 0;
    /// Completed no more but queued and due, their nullifiers not spent; the transaction is kept.
    /// True for each that was completed by this signature, and not final.
    virtual base::Task<std::vector<bool>> reopen(std::vector<Reopening> reopenings) = 0;
};

} // namespace relay::jobs
