#pragma once
// The schedule as its users see it: best effort, never in the way. What cannot be noted in the
// queue now is dropped, since the ledger has it and the reconciler will note it later; the worker
// is told at once when something falls due here.

#include "relay/base/signal.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/queue.hpp"
#include "relay/jobs/store.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace relay::jobs {

class Scheduler {
  public:
    /// `due` is notified when a job is due now; `tasks` is joined before the scheduler dies.
    Scheduler(base::TaskGroup& tasks, JobQueue& queue, base::Signal& due);

    /// Notes it soon, with whatever else there is to note. Bound: one entry a live job.
    void schedule(DueJob job);
    void bury(JobId id);

    /// None: the queue is away, and the ledger must say what is due.
    base::Task<std::optional<std::vector<JobId>>> take_due(std::size_t limit);
    /// How many of these the queue had forgotten. None: it is away.
    base::Task<std::optional<std::size_t>> restore(std::vector<DueJob> jobs);
    /// None: it is away.
    base::Task<std::optional<QueueDepth>> depth();

    /// Why the queue is away, as of the last call to it; none while it answers.
    const std::optional<std::string>& trouble() const { return trouble_; }

  private:
    void start_drain();
    base::Task<void> drain();
    void answered();
    void failed(const std::string& reason);

    base::TaskGroup& tasks_;
    JobQueue& queue_;
    base::Signal& due_;
    std::vector<DueJob> to_schedule_;
    std::vector<JobId> to_bury_;
    bool draining_ = false;
    std::optional<std::string> trouble_;
};

} // namespace relay::jobs
