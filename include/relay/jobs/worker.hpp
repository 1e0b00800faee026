#pragma once
// Claims due jobs, as many as there are free places, and runs each to its outcome. Woken at once by
// what falls due here, and at the poll interval for the rest. While nothing waits, jobs that are
// being accepted need not be queued: see has_room() and Intake.

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/jobs/batched_ledger.hpp"
#include "relay/jobs/best_effort_schedule.hpp"
#include "relay/jobs/chain_monitor.hpp"
#include "relay/jobs/claims.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/job_runner.hpp"
#include "relay/jobs/state_machine.hpp"
#include "relay/observability/condition.hpp"
#include "relay/observability/logging.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace relay::jobs {

class Worker {
  public:
    /// What a worker works with; all of it outlives the worker.
    struct Tools {
        base::Clock& clock;
        /// Runs the jobs: joined before the worker dies.
        base::TaskGroup& jobs;
        BatchedLedger& ledger;
        BestEffortSchedule& schedule;
        Claims& claims;
        ChainMonitor& chain;
        JobRunner& runner;
        /// Wakes the worker.
        base::WakeUp& due;
    };

    Worker(std::chrono::milliseconds poll_interval, Tools tools)
        : poll_interval_(poll_interval), tools_(tools) {}

    /// The claiming loop; returns after stop_claiming().
    base::Task<void> run();

    /// A job that is accepted now could run at once: a place is free, nobody waits for it, and the
    /// chain can be used.
    bool has_room() const;
    /// Runs a job that was accepted with its head start. Where the end has begun meanwhile it is
    /// given back instead.
    base::Task<void> start(Job job, Claims::Place place);

    void stop_claiming();
    /// By the operator: nothing is claimed while paused, jobs in flight go on. Kept in memory only.
    void set_paused(bool paused);

    std::size_t in_flight() const { return tools_.claims.held(); }
    /// Why no job is claimed; none while jobs are.
    std::optional<std::string> trouble() const;

  private:
    base::Task<std::size_t> claim(std::size_t wanted);
    base::Task<std::vector<Job>> claim_named(std::vector<JobId> ids);
    base::Task<void> note_unclaimed(std::vector<JobId> ids);
    base::Task<void> start_claimed(std::vector<Job> jobs);
    void spawn(Job job, Event first, Claims::Place place);
    base::Task<void> run_job(Job job, Event first, Claims::Place place);

    std::chrono::milliseconds poll_interval_;
    Tools tools_;
    /// Places that the claim under way may fill.
    std::size_t being_claimed_ = 0;
    /// The last look found less than there was room for: nobody waits for a place.
    bool drained_ = false;
    bool stopping_ = false;
    bool paused_ = false;
    std::optional<std::string> ledger_trouble_;
    observability::Condition not_claiming_{
        {observability::log_warn, "claiming_stopped",
         "jobs cannot be claimed: postgres is away or takes no writes"},
        {"claiming_resumed", "postgres is back; claiming goes on"}};
};

} // namespace relay::jobs
