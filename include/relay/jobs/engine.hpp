#pragma once
// Everything between a posted withdraw and its outcome, wired once, for the program and for the
// tests: over any ledger, schedule and cluster.

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/jobs/backlog.hpp"
#include "relay/jobs/batched_ledger.hpp"
#include "relay/jobs/best_effort_schedule.hpp"
#include "relay/jobs/chain_monitor.hpp"
#include "relay/jobs/chain_watch.hpp"
#include "relay/jobs/claims.hpp"
#include "relay/jobs/compute_sizes.hpp"
#include "relay/jobs/door.hpp"
#include "relay/jobs/finality_watch.hpp"
#include "relay/jobs/intake.hpp"
#include "relay/jobs/job_metrics.hpp"
#include "relay/jobs/job_runner.hpp"
#include "relay/jobs/landing_watch.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/ledger_probe.hpp"
#include "relay/jobs/outcome_wire.hpp"
#include "relay/jobs/outcomes.hpp"
#include "relay/jobs/price_watch.hpp"
#include "relay/jobs/proof_checks.hpp"
#include "relay/jobs/proof_gate.hpp"
#include "relay/jobs/reconciler.hpp"
#include "relay/jobs/retry_policy.hpp"
#include "relay/jobs/schedule.hpp"
#include "relay/jobs/signer.hpp"
#include "relay/jobs/store_monitor.hpp"
#include "relay/jobs/worker.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/blockhash_cache.hpp"
#include "relay/rpc/confirmation.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/keypair.hpp"
#include "relay/solana/shield_pool.hpp"

#include <chrono>
#include <cstdint>
#include <memory>

namespace relay::jobs {

class Engine {
  public:
    struct Settings {
        solana::WithdrawPlan plan;
        /// Without places the engine accepts withdraws and runs none.
        Claims::Settings claims;
        std::chrono::milliseconds poll_interval{1'000};
        std::uint64_t max_backlog = 100'000;
        RetryPolicy retry;
        StoreMonitor::Settings stores;
        LedgerProbe::Settings probe;
        LandingWatch::Settings landings;
        ChainMonitor::Settings chain;
        ChainWatch::Settings watch;
        ComputeSizes::Settings sizes;
        PriceWatch::Settings prices;
        Reconciler::Settings reconciler;
        FinalityWatch::Settings finality;
        rpc::ConfirmationTracker::Policy tracker;
        ProofGate::Settings proofs;
        /// None: proofs are not checked.
        ProofChecks::Verify verify_proof;
    };

    /// What the engine works on; all of it outlives the engine.
    struct World {
        base::Clock& clock;
        Ledger& ledger;
        Schedule& schedule;
        rpc::SolanaRpc& rpc;
        const solana::Keypair& payer;
        observability::MetricsRegistry& metrics;
        /// None where there are no other relays.
        OutcomeWire* wire = nullptr;
    };

    /// The engine's coroutines. They outlive the engine, which ends them in shut_down(); who lets
    /// it die otherwise cancels and joins all four.
    struct Groups {
        Groups(base::Clock& clock, const base::TaskGroup::OnFailure& on_failure)
            : writes(clock, on_failure),
              claiming(clock, on_failure),
              jobs(clock, on_failure),
              services(clock, on_failure) {}

        /// Joined and never cancelled: see Batcher.
        base::TaskGroup writes;
        base::TaskGroup claiming;
        base::TaskGroup jobs;
        base::TaskGroup services;
    };

    Engine(Groups& groups, const Settings& settings, World world);

    void start();

    /// First: no job is accepted or claimed any more; those in flight have so long to end, and are
    /// then cut off and given back.
    base::Task<void> end_jobs(std::chrono::milliseconds patience);
    /// Second, when nobody asks the ledger any more: the loops end, and the last writes.
    base::Task<void> end_services();

    Intake& intake() { return intake_; }
    const Intake& intake() const { return intake_; }
    BatchedLedger& ledger() { return ledger_; }
    BestEffortSchedule& schedule() { return schedule_; }
    Outcomes& outcomes() { return outcomes_; }
    const BestEffortSchedule& schedule() const { return schedule_; }
    const StoreMonitor& stores() const { return stores_; }
    const LedgerProbe& probe() const { return probe_; }
    const LandingWatch& landings() const { return landings_; }
    const ChainMonitor& chain() const { return chain_; }
    const ProofGate& proofs() const { return proofs_; }
    /// None where the engine only accepts withdraws.
    Worker* worker() { return runs_jobs_ ? &worker_ : nullptr; }
    const Worker* worker() const { return runs_jobs_ ? &worker_ : nullptr; }

  private:
    // Each refers only to those above it.
    Groups& groups_;
    bool runs_jobs_;
    base::WakeUp due_;
    JobMetrics metrics_;
    std::unique_ptr<Ledger> measured_ledger_;
    BatchedLedger ledger_;
    BestEffortSchedule schedule_;
    Outcomes outcomes_;
    rpc::BlockhashCache blockhashes_;
    rpc::ConfirmationTracker tracker_;
    ChainMonitor chain_;
    Backlog backlog_;
    LandingWatch landings_;
    StoreMonitor stores_;
    LedgerProbe probe_;
    ComputeSizes sizes_;
    PriceWatch prices_;
    Signer signer_;
    ProofGate proofs_;
    ChainWatch watch_;
    Door door_;
    JobRunner runner_;
    Claims claims_;
    Worker worker_;
    Intake intake_;
    FinalityWatch finality_;
    Reconciler reconciler_;
};

} // namespace relay::jobs
