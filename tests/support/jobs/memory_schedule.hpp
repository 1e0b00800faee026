#pragma once
// Schedule in memory, with a clock of the test's and switches to be away and to forget.

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/schedule.hpp"

#include <cstddef>
#include <map>
#include <set>
#include <vector>

namespace relay::test {

class MemorySchedule final : public jobs::Schedule {
  public:
    explicit MemorySchedule(base::Clock& clock) : clock_(clock) {}

    base::Task<void> note(std::vector<jobs::DueJob> jobs) override;
    base::Task<std::size_t> note_missing(std::vector<jobs::DueJob> jobs) override;
    base::Task<std::vector<jobs::JobId>> take_due(std::size_t limit) override;
    base::Task<void> note_failed(std::vector<jobs::JobId> ids) override;
    base::Task<std::size_t> note_missing_failed(std::vector<jobs::DeadLetter> letters) override;
    base::Task<void> forget_failed(std::vector<jobs::JobId> ids) override;
    base::Task<jobs::ScheduleDepth> depth() override;

    /// Every call throws base::Outage meanwhile.
    void set_away(bool away) { away_ = away; }
    /// As after a flush.
    void forget_all();
    bool is_scheduled(jobs::JobId id) const { return due_.contains(id); }
    bool is_failed(jobs::JobId id) const { return dead_.contains(id); }

  private:
    base::Task<void> arrive() const;

    base::Clock& clock_;
    bool away_ = false;
    std::map<jobs::JobId, jobs::Timestamp> due_;
    std::set<jobs::JobId> dead_;
};

} // namespace relay::test
