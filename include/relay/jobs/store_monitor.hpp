#pragma once
// Looks at the ledger and the schedule again and again: how much waits, how long, and whether they
// answer at all. Health and metrics tell what it last saw. Whether the ledger can be written to is
// the LedgerProbe's to say.
//
// A look costs the same over any ledger: it reads the first live row. A count reads every live row,
// half a second's work for a million. After one none follows for fifty times as long as it took, a
// minute at most, so that counting takes 2 % of a core. What it counted is as old as that.

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/backlog.hpp"
#include "relay/jobs/batched_ledger.hpp"
#include "relay/jobs/best_effort_schedule.hpp"
#include "relay/jobs/landing_watch.hpp"
#include "relay/observability/condition.hpp"
#include "relay/observability/freshness.hpp"
#include "relay/observability/logging.hpp"
#include "relay/observability/metrics.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace relay::jobs {

class StoreMonitor {
  public:
    struct Settings {
        std::chrono::milliseconds interval{2'000};
        /// No count follows another for so many times as long as that one took.
        int count_rest = 50;
        std::chrono::milliseconds longest_count_rest{60'000};
        /// With withdraws unproven for so long, a person is called.
        std::chrono::milliseconds proof_alarm{180'000};
    };

    StoreMonitor(base::Clock& clock, Settings settings, BatchedLedger& ledger,
                 BestEffortSchedule& schedule, Backlog& backlog, LandingWatch& landings,
                 observability::MetricsRegistry& metrics);

    /// Looks at the interval; ends by cancellation only.
    base::Task<void> run();

    /// Withdraws whose transaction's life is over, but not proven to have ended without landing,
    /// as last counted; of all relays.
    std::uint64_t unproven() const { return unproven_; }

  private:
    base::Task<void> look();
    base::Task<void> look_at_ledger();
    base::Task<void> count_if_due();
    void rest_from_counting(base::Clock::time_point began);
    void note_unproven(std::uint64_t jobs);

    base::Clock& clock_;
    Settings settings_;
    BatchedLedger& ledger_;
    BestEffortSchedule& schedule_;
    Backlog& backlog_;
    LandingWatch& landings_;
    observability::Gauge queued_;
    observability::Gauge processing_;
    observability::Gauge oldest_;
    observability::Gauge unproven_gauge_;
    observability::Gauge proof_alarm_;
    observability::Gauge scheduled_;
    observability::Gauge dead_;
    observability::Gauge postgres_up_;
    observability::Gauge redis_up_;
    observability::Freshness redis_;
    std::uint64_t unproven_ = 0;
    std::optional<base::Clock::time_point> unproven_since_;
    observability::Condition proofs_late_{
        {observability::log_error, "proofs_late",
         "withdraws wait for the proof that their transactions did not land: look at the RPC nodes "
         "(relayd check)"},
        {"proofs_in_time", "no withdraw waits long for such a proof"}};
    observability::Condition not_counted_{
        {observability::log_warn, "jobs_not_counted", "the live jobs could not be counted"},
        {"jobs_counted", "the live jobs are counted again"}};
    base::Clock::time_point next_count_{};
    bool ledger_answers_ = true;
};

} // namespace relay::jobs
