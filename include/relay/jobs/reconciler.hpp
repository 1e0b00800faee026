#pragma once
// Makes the schedule whole again from the ledger: walks the live jobs in the order of their due
// times and adds what the schedule does not hold, or holds too late: ids lost with Redis, or placed
// by a clock of its that has stepped back, and jobs whose lease ran out with their worker. Failed
// jobs that are missing among its dead letters are added likewise.

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/jobs/batched_ledger.hpp"
#include "relay/jobs/best_effort_schedule.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/observability/metrics.hpp"

#include <chrono>
#include <cstddef>

namespace relay::jobs {

class Reconciler {
  public:
    struct Settings {
        std::chrono::milliseconds interval{10'000};
        std::size_t page = 500;
        /// A sweep that finds nothing amiss ends after so many pages; the next goes on from there.
        /// While the schedule is known not to be whole, it ends with the last page alone.
        std::size_t idle_pages = 20;
    };

    Reconciler(base::Clock& clock, Settings settings, BatchedLedger& ledger,
               BestEffortSchedule& schedule, observability::MetricsRegistry& metrics,
               base::WakeUp& due);

    /// Sweeps at the interval; ends by cancellation only.
    base::Task<void> run();
    /// How many jobs the schedule had forgotten. Throws base::Outage without the ledger.
    base::Task<std::size_t> sweep();
    /// As many of its dead letters.
    base::Task<std::size_t> sweep_dead_letters();

  private:
    base::Clock& clock_;
    Settings settings_;
    BatchedLedger& ledger_;
    BestEffortSchedule& schedule_;
    base::WakeUp& due_;
    observability::Counter restored_;
    WalkPosition position_;
    /// The failures of the schedule that were known when the walk was last at its beginning.
    std::size_t failures_at_beginning_ = 0;
    DeadLetterPosition dead_letters_position_;
};

} // namespace relay::jobs
