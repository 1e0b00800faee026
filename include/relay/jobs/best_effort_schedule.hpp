#pragma once
// The schedule as its users see it: best effort, never in the way. What cannot be noted now is
// dropped, since the ledger has it and the reconciler will note it later; the worker is told at
// once when something falls due here.
//
// After a call that failed the schedule may lack what nobody could note, and an empty answer of it
// says nothing: the ledger is asked instead, until the reconciler has been through all of it.

#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/schedule.hpp"
#include "relay/observability/condition.hpp"
#include "relay/observability/logging.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace relay::jobs {

class BestEffortSchedule {
  public:
    /// `due` is notified when a job is due now; `tasks` is joined before this object dies.
    BestEffortSchedule(base::TaskGroup& tasks, Schedule& schedule, base::WakeUp& due);

    /// Notes it soon, with whatever else there is to note. Bound: one entry a live job.
    void note(DueJob job);
    void note_failed(JobId id);
    /// It is a dead letter no more: retried, discarded or removed.
    void forget_failed(JobId id);

    /// None: it is away, or has nothing and is not whole; the ledger must say what is due.
    base::Task<std::optional<std::vector<JobId>>> take_due(std::size_t limit);
    /// How many of these it had forgotten. None: it is away.
    base::Task<std::optional<std::size_t>> note_missing(std::vector<DueJob> jobs);
    base::Task<std::optional<std::size_t>> note_missing_failed(std::vector<DeadLetter> letters);
    /// None: it is away.
    base::Task<std::optional<ScheduleDepth>> depth();

    /// It holds all that the ledger does, as far as is known here.
    bool is_whole() const { return whole_at_ == failures_; }
    /// How often a call has failed: who makes it whole asks before, and says so afterwards.
    std::size_t failures() const { return failures_; }
    void made_whole(std::size_t failures_before) { whole_at_ = failures_before; }

    /// Why it is away, as of the last call to it; none while it answers.
    const std::optional<std::string>& trouble() const { return trouble_; }

  private:
    void start_drain();
    base::Task<void> drain();
    void answered();
    void went_away(const std::string& reason);

    base::TaskGroup& tasks_;
    Schedule& schedule_;
    base::WakeUp& due_;
    std::vector<DueJob> to_note_;
    std::vector<JobId> failed_;
    std::vector<JobId> forgotten_;
    bool draining_ = false;
    std::size_t failures_ = 0;
    std::size_t whole_at_ = 0;
    std::optional<std::string> trouble_;
    observability::Condition away_{
        {observability::log_warn, "schedule_away",
         "redis is away or takes no writes; jobs are claimed from postgres meanwhile"},
        {"schedule_back", "redis is back; the schedule will be made whole from postgres"}};
};

} // namespace relay::jobs
