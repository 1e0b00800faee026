#pragma once
// Accepts withdraws: into the ledger, and on their way. Where the worker has room at this moment,
// the job is born with a head start: claimed, and its transaction signed, in the commit that
// accepts it, so that it is sent at once. Any other is queued for whoever claims it.

#include "relay/base/client_key.hpp"
#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/backlog.hpp"
#include "relay/jobs/batched_ledger.hpp"
#include "relay/jobs/best_effort_schedule.hpp"
#include "relay/jobs/chain_watch.hpp"
#include "relay/jobs/claims.hpp"
#include "relay/jobs/door.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/job_metrics.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/ledger_probe.hpp"
#include "relay/jobs/proof_checks.hpp"
#include "relay/jobs/proof_gate.hpp"
#include "relay/jobs/signer.hpp"
#include "relay/jobs/worker.hpp"
#include "relay/solana/shield_pool.hpp"

#include <optional>

namespace relay::jobs {

/// What became of a posted withdraw.
struct Acceptance {
    enum class Kind {
        /// Committed: it will be paid, or told why not.
        Accepted,
        /// The same withdraw is live or completed: `id` and `status` are the first one's.
        Duplicate,
        /// The nullifier is live or spent with other public inputs.
        Conflict,
        /// Nothing was written: the relay shuts down.
        ShuttingDown,
        /// Nothing was written: as many withdraws wait as the relay may hold.
        BacklogFull,
        /// Nothing was written: the operator has the relays accept nothing more.
        Draining,
        /// Nothing was written: its proof is not good.
        ProofInvalid,
        /// Nothing was written: more proofs wait to be checked than can be in good time.
        ProofsBusy,
        /// Nothing was written: too many of this client's proofs were not good.
        TooManyBadProofs,
        /// Nothing was written: the chain holds the nullifier, and no job of ours spent it.
        NullifierSpent,
        /// Nothing was written: the account of `objection` does not exist, and would hold too
        /// little.
        RecipientBelowRent,
    };
    Kind kind = Kind::Accepted;
    JobId id;
    JobStatus status = JobStatus::Queued;
    /// NullifierSpent, RecipientBelowRent.
    Objection objection = {};
};

class Intake {
  public:
    /// What an intake works with; all of it outlives the intake.
    struct Tools {
        base::Clock& clock;
        BatchedLedger& ledger;
        const LedgerProbe& probe;
        ProofGate& proofs;
        BestEffortSchedule& schedule;
        Backlog& backlog;
        JobMetrics& metrics;
        Claims& claims;
        const Signer& signer;
        const ChainWatch& watch;
        Door& door;
        /// None where this instance runs no jobs.
        Worker* worker;
    };

    explicit Intake(Tools tools) : tools_(tools) {}

    /// Returns when the withdraw is committed, or is known not to be accepted. Throws base::Outage
    /// where the ledger cannot tell; if it was committed nevertheless, a sweep of the ledger finds
    /// it, or its lease runs out. Throws LedgerRefusal, and has written nothing, where the ledger
    /// would take the withdraw but not what comes of it.
    base::Task<Acceptance> accept(solana::Withdraw withdraw, base::ClientKey client);

    /// For good: the relay shuts down. What is being accepted goes on.
    void close() { closed_ = true; }
    bool is_closed() const { return closed_; }

    /// By the operator, until it is said anew.
    void set_draining(bool draining) { draining_ = draining; }
    bool is_draining() const { return draining_; }

  private:
    std::optional<Acceptance::Kind> standing_refusal() const;
    base::Task<Acceptance> enter(solana::Withdraw withdraw);
    std::optional<Claims::Place> give_head_start(NewJob& job);

    Tools tools_;
    bool closed_ = false;
    bool draining_ = false;
};

} // namespace relay::jobs
