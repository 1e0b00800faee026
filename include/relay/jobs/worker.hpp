#pragma once
// Takes due jobs, as many as it has free slots, and runs each to its outcome; keeps their leases
// alive meanwhile. Woken at once by what falls due here, and at the poll interval for the rest.
// While nothing waits, jobs that are being accepted need not be queued: see give_head_start().

#include "relay/base/signal.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/jobs/chain_monitor.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/job_metrics.hpp"
#include "relay/jobs/job_runner.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/scheduler.hpp"
#include "relay/jobs/state_machine.hpp"
#include "relay/jobs/store.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace relay::jobs {

class Worker {
  public:
    struct Settings {
        /// Jobs between claim and outcome.
        std::size_t max_concurrent_jobs = 10;
        std::chrono::milliseconds poll_interval{1'000};
        std::chrono::milliseconds lease{60'000};
    };

    /// A place among the jobs in flight, held from before its claim is written until the job's end.
    class Slot {
      public:
        Slot(Worker& worker, Claim claim);
        Slot(Slot&& other) noexcept
            : worker_(std::exchange(other.worker_, nullptr)), claim_(other.claim_) {}
        ~Slot();
        Slot(const Slot&) = delete;
        Slot& operator=(const Slot&) = delete;
        Slot& operator=(Slot&&) = delete;

        const Claim& claim() const { return claim_; }
        /// The job has had its outcome: it is not to be given back.
        void finish() { finished_ = true; }

      private:
        Worker* worker_; // none: moved from
        Claim claim_;
        bool finished_ = false;
    };

    /// `due` wakes the worker. `jobs` runs the jobs: joined before the worker dies.
    Worker(Settings settings, base::TaskGroup& jobs, JobStore& store, const Ledger& ledger,
           Scheduler& scheduler, ChainMonitor& monitor, JobRunner& runner, JobMetrics& metrics,
           base::Signal& due);

    /// The claiming loop; returns after stop_claiming().
    base::Task<void> run();
    /// The lease loop; ends by cancellation only.
    base::Task<void> keep_leases();

    /// A job that is accepted now could run at once: a slot is free, nobody waits for it, the chain
    /// can be used, and no crowd waits to be accepted.
    bool has_room() const;
    /// Claims and signs a job that is about to be inserted. None, and the job is to be queued,
    /// where there is no room for it, or no blockhash to sign with.
    std::optional<Slot> give_head_start(NewJob& job);
    /// Runs a job inserted with its head start; `age` since its acceptance began. Where the end has
    /// begun meanwhile it is given back instead.
    base::Task<void> start(NewJob job, Slot slot, std::chrono::milliseconds age);

    void stop_claiming();
    /// By the operator: nothing is claimed while paused, jobs in flight go on. Kept in memory only.
    void set_paused(bool paused);
    /// Gives the jobs still in flight back to whoever takes them next. REQUIRES: run() and their
    /// tasks have ended.
    base::Task<void> release_claims();

    std::size_t in_flight() const { return claims_.size(); }
    /// Why no job is claimed; none while jobs are.
    std::optional<std::string> trouble() const;

  private:
    base::Task<std::size_t> claim(std::size_t wanted);
    base::Task<void> start_claimed(std::vector<Job> jobs);
    base::Task<std::vector<Job>> claim_from_queue(std::vector<JobId> ids);
    base::Task<void> put_back(std::vector<JobId> ids);
    std::vector<Claim> listed() const;
    base::Task<void> release(std::vector<Claim> claims);
    base::Task<void> run_job(Job job, Event first, Slot slot);

    Settings settings_;
    base::TaskGroup& jobs_;
    JobStore& store_;
    const Ledger& ledger_;
    Scheduler& scheduler_;
    ChainMonitor& monitor_;
    JobRunner& runner_;
    JobMetrics& metrics_;
    base::Signal& due_;
    std::unordered_map<JobId, Lease, JobIdHash> claims_;
    /// Slots that the claim under way may fill.
    std::size_t being_claimed_ = 0;
    /// The last look found less than there was room for: nobody waits for a slot.
    bool drained_ = false;
    bool stopping_ = false;
    bool paused_ = false;
    std::optional<std::string> ledger_trouble_;
};

} // namespace relay::jobs
