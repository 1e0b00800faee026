#pragma once
// Wakes who waits for a job's outcome, wherever it was come by: at once where this relay committed
// it, and as soon as the wire brings the word where another did. A word may be lost: who waits
// looks at the ledger too, now and then.
//
//   Outcomes::Waiter waiter(outcomes, id);       // first: no word after the look is missed
//   auto job = co_await ledger.find(id);
//   while (!is_final(job)) {
//       co_await waiter.wake.wait_for(clock, outcomes.time_between_looks());
//       job = co_await ledger.find(id);
//   }

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/outcome_wire.hpp"
#include "relay/observability/metrics.hpp"

#include <chrono>
#include <map>
#include <stop_token>
#include <vector>

namespace relay::jobs {

class Outcomes {
  public:
    /// `tasks` is joined, never cancelled, before this object dies. `wire`: none where there are no
    /// other relays to hear of.
    Outcomes(base::Clock& clock, base::TaskGroup& tasks, OutcomeWire* wire,
             observability::MetricsRegistry& metrics);

    /// Is woken by the outcome of one job, for as long as it lives.
    class Waiter {
      public:
        Waiter(Outcomes& outcomes, const JobId& id);
        ~Waiter();
        Waiter(const Waiter&) = delete;
        Waiter& operator=(const Waiter&) = delete;

        base::WakeUp wake;

      private:
        Outcomes& outcomes_;
        std::multimap<JobId, base::WakeUp*>::iterator entry_;
    };

    /// Listens to the wire, and again whenever that was lost; ends by cancellation only.
    base::Task<void> run();

    /// The job is completed or failed: committed, by this relay.
    void announce(const JobId& id);
    /// Wakes all, as where the relay shuts down.
    void wake_all();

    /// For how long a waiter may rely on being woken.
    std::chrono::milliseconds time_between_looks() const;

  private:
    base::Task<void> listen(std::stop_token until);
    base::Task<void> tell_others();
    void set_listening(bool listening);
    void wake(const JobId& id);

    base::Clock& clock_;
    base::TaskGroup& tasks_;
    OutcomeWire* wire_;
    observability::Gauge listening_gauge_;
    std::multimap<JobId, base::WakeUp*> waiters_;
    std::vector<JobId> untold_;
    bool telling_ = false;
    bool listening_ = false;
    base::WakeUp lost_;
};

} // namespace relay::jobs
