#pragma once
// Looks at the ledger and the schedule again and again: how much waits, how long, and whether they
// answer at all. What it last saw is what health, metrics and the backlog limit go by.
//
// A look costs the same over any ledger: it reads the first live row. A count reads them all, half
// a second's work for a million, so none follows for fifty times as long as it took, at most a
// minute: that is 2 % of a core, until a count takes more than a second. relay_queue_depth is that
// old, and so is what the backlog limit knows of jobs that ended or that others accepted; what is
// accepted here counts at once. At thousands a second the limit so errs by a few per cent.

#include "relay/base/task.hpp"
#include "relay/jobs/scheduler.hpp"
#include "relay/jobs/store.hpp"
#include "relay/observability/metrics.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace relay::jobs {

class LedgerMonitor {
  public:
    struct Settings {
        std::uint64_t max_backlog = 100'000;
        std::chrono::milliseconds interval{2'000};
        /// After a count none for so many times as long as it took.
        int count_rest = 50;
        std::chrono::milliseconds longest_count_rest{60'000};
        /// With withdraws unproven for so long, a person is called.
        std::chrono::milliseconds proof_alarm{180'000};
    };

    LedgerMonitor(Settings settings, JobStore& store, Scheduler& scheduler,
                  observability::MetricsRegistry& metrics);

    /// Looks at the interval; ends by cancellation only.
    base::Task<void> run();

    /// Counted between counts by what was accepted here; others' jobs show at the next count.
    bool backlog_full() const { return live_ >= settings_.max_backlog; }
    void job_accepted() { ++live_; }

    /// Withdraws whose transaction's life is over, but not proven to have ended without landing,
    /// as last counted; of all relays.
    std::uint64_t unproven() const { return unproven_; }

    /// Why the ledger does not answer; none while it does.
    const std::optional<std::string>& trouble() const { return trouble_; }

  private:
    using Clock = std::chrono::steady_clock;

    base::Task<void> look();
    base::Task<void> look_at_ledger();
    base::Task<void> count_if_due();
    void rest_from_counting(Clock::time_point began);
    void note_unproven(std::uint64_t jobs);

    Settings settings_;
    JobStore& store_;
    Scheduler& scheduler_;
    observability::Gauge queued_;
    observability::Gauge processing_;
    observability::Gauge oldest_;
    observability::Gauge unproven_gauge_;
    observability::Gauge proof_alarm_;
    observability::Gauge scheduled_;
    observability::Gauge dead_;
    observability::Gauge postgres_up_;
    observability::Gauge redis_up_;
    std::uint64_t live_ = 0;
    std::uint64_t unproven_ = 0;
    std::optional<Clock::time_point> unproven_since_;
    bool alarmed_ = false;
    Clock::time_point next_count_{};
    std::optional<std::string> trouble_;
};

} // namespace relay::jobs
