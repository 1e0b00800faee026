#pragma once
// The schedule: which job id is due when. An id stands in it at most once. It may lose everything
// at any moment; the ledger knows better, and the reconciler repairs it.
//
// Due times are told and judged by the schedule's own clock; callers pass durations. All methods
// throw base::Outage where it cannot be reached or takes no writes (also where they would only
// have read), at once while it is known to be away. redis::make_schedule is the real one,
// MemorySchedule the tests'.

#include "relay/base/task.hpp"
#include "relay/jobs/job.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace relay::jobs {

/// Two clocks are read one after the other: what is later by less is not late.
inline constexpr std::chrono::milliseconds kLateAllowed{500};

struct ScheduleDepth {
    std::uint64_t scheduled = 0;
    std::uint64_t failed = 0;
};

class Schedule {
  public:
    virtual ~Schedule() = default;

    /// Sets when each job is due, whether it stood in the schedule or not.
    virtual base::Task<void> note(std::vector<DueJob> jobs) = 0;
    /// Adds those that do not stand in the schedule, and brings forward those that stand there more
    /// than kLateAllowed too late, as after a step of its clock; answers how many that were.
    virtual base::Task<std::size_t> note_missing(std::vector<DueJob> jobs) = 0;
    /// Removes and returns the longest due, atomically: no two takers get the same id.
    virtual base::Task<std::vector<JobId>> take_due(std::size_t limit) = 0;
    /// Notes failed jobs among the dead letters.
    virtual base::Task<void> note_failed(std::vector<JobId> ids) = 0;
    /// Adds those that do not stand among the dead letters; answers how many that were.
    virtual base::Task<std::size_t> note_missing_failed(std::vector<DeadLetter> letters) = 0;
    /// These are dead letters no more.
    virtual base::Task<void> forget_failed(std::vector<JobId> ids) = 0;
    virtual base::Task<ScheduleDepth> depth() = 0;
};

} // namespace relay::jobs
