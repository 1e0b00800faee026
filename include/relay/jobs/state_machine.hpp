#pragma once
// The life of one claimed job as a pure function: advance(attempt, job, event, policy) gives the
// next attempt and the one step to take. No clock, no I/O, no logging; the JobRunner performs
// the steps and tells their outcomes as events.
//
// What it guarantees, whatever the order of events:
//   - a transaction is saved before it is sent;
//   - a second one is signed only after the first has expired for sure, or failed on the chain;
//   - a job is failed only when no transaction of it can still land;
//   - an outage costs no retry, nor does what the pool lacks while the policy has patience.

#include "relay/jobs/job.hpp"
#include "relay/jobs/retry_policy.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/transaction_error.hpp"
#include "relay/solana/units.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace relay::jobs {

/// The code of a job whose transaction's life is over, but not proven to have ended without
/// landing.
inline constexpr std::string_view kProofOfExpiry = "proof_of_expiry";

/// What the JobRunner is doing for the job right now.
enum class Phase {
    Start,
    Signing,
    Saving,
    Asking,
    Sending,
    Tracking,
    SeekingPayment,
    Ended,
};

/// The memory of one claim: what the rows of the table (state_machine.cpp) depend on
/// beside the phase.
struct Attempt {
    Phase phase = Phase::Start;
    /// The saved transaction may have reached a leader.
    bool broadcast = false;
    /// A node has said that it took the saved transaction.
    bool taken_by_node = false;
    /// The saved transaction can never land: it failed on the chain, or has expired for sure.
    bool dead = false;
    int signatures = 0;
    /// What the job will be retried or failed with once its transaction has expired for sure.
    std::optional<JobError> verdict;
    /// The verdict is a double spend: no retry can help once no transaction of ours did it.
    bool spent = false;
    bool operator==(const Attempt&) const = default;
};

namespace event {
struct Claimed {
    /// What the pool is known to lack to pay it: its root, or lamports.
    std::optional<JobError> lack = std::nullopt;
};
/// Accepted just now, with its transaction saved in the same commit, which nobody has sent yet.
struct HeadStarted {};
struct Signed {};
struct Saved {};
/// A node took the transaction; or, not taken for sure, may have: no answer came.
struct Sent {
    bool taken_by_node = true;
};
/// A preflight refused it; it was not forwarded.
struct PreflightFailed {
    solana::TransactionError error;
};
/// No node would carry out the call: that is never the withdraw's fault.
struct Refused {
    std::string message;
};
struct Landed {
    solana::Signature signature;
    solana::Slot slot;
    bool final = true;
};
/// It stands in a block and failed there.
struct FailedOnChain {
    solana::TransactionError error;
};
/// Proven absent, with every earlier one. Taken: some node had it once.
struct Expired {
    bool taken_by_node = true;
};
/// Absent, but it may yet land.
struct Live {};
/// Its life is over, but that none of the job's transactions landed is not proven.
struct Unproven {
    std::string missing;
};
/// It is proven that none of the transactions that were sought has paid, or ever will.
struct NoPayment {};
/// The chain cannot be asked, or the payer cannot pay.
struct Outage {
    JobError reason;
};
/// The ledger cannot be written: nothing may be sent that is not saved.
struct LedgerAway {};
struct LeaseLost {};
} // namespace event

using Event = std::variant<event::Claimed, event::HeadStarted, event::Signed, event::Saved,
                           event::Sent, event::PreflightFailed, event::Refused, event::Landed,
                           event::FailedOnChain, event::Expired, event::Live, event::Unproven,
                           event::NoPayment, event::Outage, event::LedgerAway, event::LeaseLost>;

namespace step {
/// Build and sign anew with a recent blockhash.
struct Sign {
    /// The one before expired: this one bids more.
    bool outbids = false;
};
/// Commit the signed transaction to the job's row.
struct Save {};
/// Ask the chain about the saved transaction.
struct Ask {};
/// Send the saved bytes, with preflight.
struct Send {};
/// Wait for the saved transaction's fate, sending it again meanwhile.
struct Track {};
/// Ask the chain whether any transaction of this job that is not alive has paid: the earlier ones.
struct SeekPayment {};
struct Complete {
    solana::Signature signature;
    solana::Slot slot;
    /// Never to be taken back.
    bool final = true;
};
/// Queued again.
struct GiveBack {
    JobError error;
    std::chrono::milliseconds delay;
    KeepTransaction keep;
    /// A retry is spent.
    bool counts;
};
/// Failed for good.
struct Fail {
    JobError error;
};
/// Touch the job no more; its lease runs out by itself.
struct Abandon {};
} // namespace step

using Step =
    std::variant<step::Sign, step::Save, step::Ask, step::Send, step::Track, step::SeekPayment,
                 step::Complete, step::GiveBack, step::Fail, step::Abandon>;

struct Transition {
    Attempt attempt;
    Step step;
};

/// Throws std::logic_error where the event cannot happen in the phase.
Transition advance(const Attempt& attempt, const Job& job, const Event& event,
                   const RetryPolicy& policy);

/// The runtime's error in the relay's words, and whether a retry may help.
struct Diagnosis {
    JobError error;
    enum class Remedy { Retry, Never, WaitForFate, Outage, SeekPayment } remedy;
};
Diagnosis diagnose(const solana::TransactionError& error);

/// The pool's root or lamports are missing: what a job waits for at no retry's cost, where it is
/// known to be so.
bool is_pool_lack(std::string_view code);

} // namespace relay::jobs
