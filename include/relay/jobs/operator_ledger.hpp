#pragma once
// What an operator asks of the ledger and changes in it. It stands beside Ledger, the way of the
// withdraws, and has connections of its own: no question of an operator's keeps a withdraw waiting.
//
// Whatever it answers comes from the ledger alone, so that each relay says the same. Nothing counts
// a table: a list takes what its page takes, over any number of rows. Each change leaves a row that
// says who made it, in the commit of the change itself.
//
// All methods throw base::Outage where the ledger cannot be reached; whether the change was then
// committed is not known, and may be asked: changes() tells. postgres::make_operator_ledger is the
// real one.

#include "relay/base/task.hpp"
#include "relay/jobs/fleet_state.hpp"
#include "relay/jobs/job.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/units.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay::jobs {

/// Which jobs are meant: those of which all that is named here is true.
struct JobFilter {
    std::optional<JobStatus> status;
    /// The last error's; empty: any.
    std::string code;
    std::optional<solana::Hash> nullifier;
    /// Any transaction's that was signed for the job.
    std::optional<solana::Signature> signature;
    /// Accepted no less than so long ago.
    std::optional<std::chrono::milliseconds> older_than;
    /// Failed, and not discarded.
    bool dead_letters = false;
};

/// A row of a list, the newest first by acceptance. The next page begins after it, whatever was
/// inserted meanwhile.
struct ListPosition {
    Timestamp created_at;
    JobId id;
    bool operator==(const ListPosition&) const = default;
};

struct ListedJob {
    JobView view;
    solana::Hash nullifier{};
    std::optional<Timestamp> retried_at;
    std::optional<Timestamp> discarded_at;
};

struct JobPage {
    std::vector<ListedJob> jobs;
    /// None: this was the last page.
    std::optional<ListPosition> next;
};

/// A retry that was spent, or the failure.
struct PastError {
    Timestamp at;
    int attempt = 0;
    JobError error;
    /// The newest transaction of that time, if there was one.
    std::string signature;
};

struct SignedTransaction {
    solana::Signature signature;
    Timestamp signed_at;
    std::optional<solana::BlockHeight> last_valid_block_height;
    std::optional<solana::Slot> blockhash_slot;
    /// Its bytes are kept: it is asked about, and sent again while it may land.
    bool kept = false;
};

enum class OperatorAction { Retry, Discard, Pause, Resume, Drain };
/// "retry", "discard", "pause", "resume", "drain"
std::string_view to_string(OperatorAction action);

/// What an operator changed.
struct Change {
    /// Rises with each change.
    std::int64_t number = 0;
    Timestamp at;
    std::string who;
    /// As to_string(OperatorAction) has them; a newer relay may know more.
    std::string action;
    /// The job of a retry or a discard.
    std::optional<JobId> job;
    /// The reason given; of a retry or a discard, the code that the job had failed with.
    std::string reason;
    std::optional<Timestamp> until;
};

struct ChangePage {
    std::vector<Change> changes;
    /// The page after this one is that before this number. None: this was the last.
    std::optional<std::int64_t> next;
};

/// All that is known of one job.
struct JobRecord {
    ListedJob job;
    /// In the order in which they came.
    std::vector<PastError> errors;
    std::vector<SignedTransaction> transactions;
    std::vector<Change> changes;
    /// Where it was asked for and is still kept.
    std::optional<solana::Withdraw> withdraw;
};

/// What became of a retry or a discard.
struct Intervention {
    enum class Kind {
        /// Committed; of a dry run: it would be.
        Done,
        NotFound,
        /// Live or completed.
        NotFailed,
        /// Discarded before.
        Discarded,
        /// `other` has the nullifier: it is live, or spent it.
        NullifierTaken,
        /// What would be sent is no longer kept.
        PayloadGone,
    };
    Kind kind = Kind::Done;
    JobId id;
    /// The job's as it was found.
    std::string code;
    JobId other;
};

class OperatorLedger {
  public:
    virtual ~OperatorLedger() = default;

    /// The newest first. `after`: none: from the beginning.
    virtual base::Task<JobPage> list(JobFilter filter, std::optional<ListPosition> after,
                                     std::size_t limit) = 0;
    virtual base::Task<std::optional<JobRecord>> read(JobId id, bool with_withdraw) = 0;

    /// A failed job is queued again, due at once, its retries begun anew. Its transactions are
    /// kept: whoever claims it asks the chain about each of them before another is signed. Its
    /// nullifier is held by the index that holds every live job's. `dry_run`: nothing is written.
    virtual base::Task<Intervention> retry(JobId id, std::string who, bool dry_run) = 0;
    /// It stays failed, and is no dead letter any more.
    virtual base::Task<Intervention> discard(JobId id, std::string who) = 0;

    /// As it is now: a state whose `until` is past is Running.
    virtual base::Task<FleetState> fleet() = 0;
    /// Returns what fleet() says after it.
    virtual base::Task<FleetState> set_fleet(FleetState state, std::string who) = 0;

    /// The newest first, those with lower numbers than `before`.
    virtual base::Task<ChangePage> changes(std::optional<std::int64_t> before,
                                           std::size_t limit) = 0;
};

} // namespace relay::jobs
