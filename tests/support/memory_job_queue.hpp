#pragma once
// JobQueue in memory, with a clock of the test's and switches to be away and to forget.

#include "relay/base/task.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/queue.hpp"
#include "relay/jobs/store.hpp"
#include "support/manual_clock.hpp"

#include <cstddef>
#include <map>
#include <set>
#include <vector>

namespace relay::test {

class MemoryJobQueue final : public jobs::JobQueue {
  public:
    explicit MemoryJobQueue(const ManualClock& clock) : clock_(clock) {}

    base::Task<void> schedule(std::vector<jobs::DueJob> jobs) override;
    base::Task<std::size_t> restore(std::vector<jobs::DueJob> jobs) override;
    base::Task<std::vector<jobs::JobId>> take_due(std::size_t limit) override;
    base::Task<void> bury(std::vector<jobs::JobId> ids) override;
    base::Task<jobs::QueueDepth> depth() override;

    /// Every call throws base::Outage meanwhile.
    void set_away(bool away) { away_ = away; }
    /// As after a flush.
    void forget_all();
    bool is_scheduled(jobs::JobId id) const { return due_.contains(id); }
    bool is_dead(jobs::JobId id) const { return dead_.contains(id); }

  private:
    base::Task<void> arrive() const;

    const ManualClock& clock_;
    bool away_ = false;
    std::map<jobs::JobId, jobs::Timestamp> due_;
    std::set<jobs::JobId> dead_;
};

} // namespace relay::test
