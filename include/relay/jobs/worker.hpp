#pragma once
// Takes due jobs, as many as it has free slots, and runs each to its outcome; keeps their leases
// alive meanwhile. Woken at once by what falls due here, and at the poll interval for the rest.

#include "relay/base/signal.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/jobs/chain_monitor.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/job_metrics.hpp"
#include "relay/jobs/job_runner.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/scheduler.hpp"
#include "relay/jobs/store.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace relay::jobs {

class Worker {
  public:
    struct Settings {
        /// Jobs between claim and outcome.
        std::size_t max_concurrent_jobs = 10;
        std::chrono::milliseconds poll_interval{1'000};
        std::chrono::milliseconds lease{60'000};
        /// While withdraws come in without a pause, one claim in so long: clients wait for accepts,
        /// nobody for a claim, and fewer and larger claims cost the ledger less.
        std::chrono::milliseconds courtesy{100};
    };

    /// `due` wakes the worker. `jobs` runs the jobs: joined before the worker dies.
    Worker(Settings settings, base::TaskGroup& jobs, JobStore& store, const Ledger& ledger,
           Scheduler& scheduler, ChainMonitor& monitor, JobRunner& runner, JobMetrics& metrics,
           base::Signal& due);

    /// The claiming loop; returns after stop_claiming().
    base::Task<void> run();
    /// The lease loop; ends by cancellation only.
    base::Task<void> keep_leases();

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
    bool lets_accepts_go_first() const;
    base::Task<std::size_t> claim(std::size_t wanted);
    base::Task<void> start(std::vector<Job> jobs);
    base::Task<std::vector<Job>> claim_from_queue(std::vector<JobId> ids);
    base::Task<void> put_back(std::vector<JobId> ids);
    base::Task<void> run_job(Job job);

    Settings settings_;
    base::TaskGroup& jobs_;
    JobStore& store_;
    const Ledger& ledger_;
    Scheduler& scheduler_;
    ChainMonitor& monitor_;
    JobRunner& runner_;
    JobMetrics& metrics_;
    base::Signal& due_;
    std::map<JobId, Lease> claims_;
    std::chrono::steady_clock::time_point claimed_at_;
    bool stopping_ = false;
    bool paused_ = false;
    std::optional<std::string> ledger_trouble_;
};

} // namespace relay::jobs
