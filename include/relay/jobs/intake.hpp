#pragma once
// Accepts withdraws: into the ledger, and on their way. Where the worker has room at this moment,
// the job is born with a head start: claimed, and its transaction signed, in the commit that
// accepts it, so that it is sent at once. Any other is queued for whoever claims it.

#include "relay/base/task.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/scheduler.hpp"
#include "relay/jobs/store.hpp"
#include "relay/jobs/worker.hpp"
#include "relay/solana/shield_pool.hpp"

namespace relay::jobs {

class Intake {
  public:
    /// `worker`: none where this instance runs no jobs. All of them outlive the intake.
    Intake(Ledger& ledger, Scheduler& scheduler, Worker* worker)
        : ledger_(ledger), scheduler_(scheduler), worker_(worker) {}

    /// Returns when the withdraw is committed, or is known not to be accepted. Throws base::Outage
    /// where the ledger cannot tell; if it was committed nevertheless, a sweep of the ledger finds
    /// it, or its lease runs out.
    base::Task<InsertOutcome> accept(solana::Withdraw withdraw);

  private:
    Ledger& ledger_;
    Scheduler& scheduler_;
    Worker* worker_;
};

} // namespace relay::jobs
