#pragma once
// OutcomeWire in memory, that the test can cut.

#include "relay/base/clock.hpp"
#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/outcome_wire.hpp"

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <utility>
#include <vector>

namespace relay::test {

class MemoryOutcomeWire final : public jobs::OutcomeWire {
  public:
    explicit MemoryOutcomeWire(base::Clock& clock) : clock_(clock) {}

    base::Task<void> tell(std::vector<jobs::JobId> ids) override {
        co_await clock_.sleep_for(std::chrono::milliseconds(1));
        if (cut_) {
            throw base::Outage("the test's wire is cut");
        }
        told_.push_back(std::move(ids));
    }

    base::Task<void> listen(std::stop_token until, Heard heard) override {
        ++listens_;
        if (!cut_) {
            heard({});
        }
        while (!until.stop_requested()) {
            if (cut_) {
                throw base::Outage("the test's wire is cut");
            }
            if (!brought_.empty()) {
                heard(std::exchange(brought_, {}));
            }
            co_await clock_.sleep_for(std::chrono::milliseconds(1));
        }
    }

    void set_cut(bool cut) { cut_ = cut; }
    /// As another relay's word.
    void bring(jobs::JobId id) { brought_.push_back(id); }
    /// What this relay told, a call each.
    const std::vector<std::vector<jobs::JobId>>& told() const { return told_; }
    std::size_t listens() const { return listens_; }

  private:
    base::Clock& clock_;
    bool cut_ = false;
    std::vector<jobs::JobId> brought_;
    std::vector<std::vector<jobs::JobId>> told_;
    std::size_t listens_ = 0;
};

} // namespace relay::test
