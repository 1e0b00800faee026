#pragma once
// Removes jobs whose time is over, a bounded number at a time, with a pause between: see
// RetentionLedger for what stays of them. Each relay sweeps; they share the work without knowing of
// each other.

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/best_effort_schedule.hpp"
#include "relay/jobs/retention_ledger.hpp"
#include "relay/observability/condition.hpp"
#include "relay/observability/logging.hpp"
#include "relay/observability/metrics.hpp"

#include <chrono>
#include <cstddef>

namespace relay::jobs {

class Retention {
  public:
    struct Settings {
        /// From a job's end to its removal; 0: it is kept for ever.
        std::chrono::milliseconds completed{0};
        std::chrono::milliseconds failed{std::chrono::hours(720)};
        std::chrono::milliseconds interval{5'000};
        /// Jobs a commit, and the pause after one that left more: some thousand jobs a second.
        std::size_t batch = 250;
        std::chrono::milliseconds pause{50};
    };

    struct Removed {
        std::size_t completed = 0;
        std::size_t failed = 0;
    };

    /// `schedule` hears of the dead letters that are gone. All outlive this object.
    Retention(base::Clock& clock, Settings settings, RetentionLedger& ledger,
              BestEffortSchedule& schedule, observability::MetricsRegistry& metrics);

    /// Sweeps at the interval; ends by cancellation only, at once where all is kept for ever.
    base::Task<void> run();
    /// Until nothing is due. Throws base::Outage without the ledger.
    base::Task<Removed> sweep();

  private:
    /// Some jobs' time is over some day.
    bool is_on() const { return settings_.completed.count() > 0 || settings_.failed.count() > 0; }
    base::Task<std::size_t> remove(Ending ending, std::chrono::milliseconds age,
                                   observability::Counter removed);

    base::Clock& clock_;
    Settings settings_;
    RetentionLedger& ledger_;
    BestEffortSchedule& schedule_;
    observability::Counter completed_removed_;
    observability::Counter failed_removed_;
    observability::Gauge taken_;
    observability::Gauge since_;
    base::Clock::time_point swept_at_;
    observability::Condition refused_{{observability::log_error, "removals_refused",
                                       "postgres does not remove the jobs whose time is over"},
                                      {"removals_made", "postgres removes jobs again"}};
};

} // namespace relay::jobs
