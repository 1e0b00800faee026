#pragma once
// The schedule: which job id is due when. An id stands in it at most once. It may lose everything
// at any moment; the ledger knows better, and the reconciler repairs it.
//
// Due times are told and judged by the queue's own clock; callers pass durations. All methods throw
// base::Outage where the queue cannot be reached or does not take writes, at once while it is known
// to be away. make_redis_queue (redis_queue.hpp) is the real one, MemoryJobQueue the tests'.

#include "relay/base/task.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/store.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace relay::jobs {

struct QueueDepth {
    std::uint64_t scheduled = 0;
    std::uint64_t dead = 0;
};

class JobQueue {
  public:
    virtual ~JobQueue() = default;

    /// Sets when each job is due, whether it stood in the schedule or not.
    virtual base::Task<void> schedule(std::vector<DueJob> jobs) = 0;
    /// Adds those that do not stand in the schedule; answers how many that were.
    virtual base::Task<std::size_t> restore(std::vector<DueJob> jobs) = 0;
    /// Removes and returns the longest due, atomically: no two takers get the same id.
    virtual base::Task<std::vector<JobId>> take_due(std::size_t limit) = 0;
    /// Notes failed jobs in the dead-letter queue.
    virtual base::Task<void> bury(std::vector<JobId> ids) = 0;
    virtual base::Task<QueueDepth> depth() = 0;
};

} // namespace relay::jobs
