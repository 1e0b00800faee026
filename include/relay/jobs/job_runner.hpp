#pragma once
// Carries one claimed job to its outcome: performs the steps of the state machine and tells it what
// came of them. Everything that is not I/O is decided there.

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/batched_ledger.hpp"
#include "relay/jobs/best_effort_schedule.hpp"
#include "relay/jobs/chain_monitor.hpp"
#include "relay/jobs/chain_watch.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/job_metrics.hpp"
#include "relay/jobs/landing_watch.hpp"
#include "relay/jobs/outcomes.hpp"
#include "relay/jobs/proof_gate.hpp"
#include "relay/jobs/retry_policy.hpp"
#include "relay/jobs/signer.hpp"
#include "relay/jobs/state_machine.hpp"
#include "relay/observability/condition.hpp"
#include "relay/observability/logging.hpp"
#include "relay/rpc/confirmation.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/transaction.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace relay::jobs {

class JobRunner {
  public:
    /// What a runner works with; all of it outlives the runner.
    struct Tools {
        base::Clock& clock;
        BatchedLedger& ledger;
        BestEffortSchedule& schedule;
        rpc::SolanaRpc& rpc;
        const Signer& signer;
        rpc::ConfirmationTracker& tracker;
        ChainMonitor& monitor;
        JobMetrics& metrics;
        LandingWatch& landings;
        Outcomes& outcomes;
        ProofGate& proofs;
        ChainWatch& watch;
    };

    JobRunner(Tools tools, RetryPolicy policy) : tools_(tools), policy_(policy) {}

    /// Returns when the job has an outcome here: written, or abandoned. Its claim is kept alive by
    /// the caller meanwhile. `first`: Claimed, or HeadStarted.
    base::Task<void> run(Job job, Event first);

  private:
    struct Running;

    base::Task<std::optional<Event>> perform(Running& running, Step step);

    base::Task<std::optional<Event>> on(Running& running, step::Sign step);
    base::Task<std::optional<Event>> on(Running& running, step::Save step);
    base::Task<std::optional<Event>> on(Running& running, step::Ask step);
    base::Task<std::optional<Event>> on(Running& running, step::Send step);
    base::Task<std::optional<Event>> on(Running& running, step::Track step);
    base::Task<std::optional<Event>> on(Running& running, step::SeekPayment step);
    base::Task<std::optional<Event>> on(Running& running, step::Complete step);
    base::Task<std::optional<Event>> on(Running& running, step::GiveBack step);
    base::Task<std::optional<Event>> on(Running& running, step::Fail step);
    base::Task<std::optional<Event>> on(Running& running, step::Abandon step);

    void note_lease_lost(const Running& running);
    void note_given_back(const Running& running, const step::GiveBack& step);
    Event outage(const std::string& reason);
    /// Not an outage to stop for: the nodes are there.
    static Event limited();
    Event event_of(const Running& running, const rpc::Fate& fate);
    /// What a send means that no node took for sure.
    Event not_taken(const Running& running, const rpc::RpcError& error);
    solana::TransactionError understood(const Running& running,
                                        solana::TransactionError error) const;
    /// Repeats a last write until the ledger takes it, or the lease is another's by then.
    base::Task<bool> until_written(const Running& running, std::function<base::Task<bool>()> write);

    Tools tools_;
    RetryPolicy policy_;
    // The jobs' own lines on an outage are for debugging: in one there are thousands of them.
    observability::Condition refused_{
        {observability::log_error, "sends_refused", "no RPC node carries out a send"},
        {"sends_taken", "RPC nodes carry out sends again"}};
    observability::Condition outcomes_refused_{
        {observability::log_error, "outcomes_refused",
         "postgres refuses jobs' outcomes: they are tried again until it takes them"},
        {"outcomes_taken", "postgres takes jobs' outcomes again"}};
};

} // namespace relay::jobs
