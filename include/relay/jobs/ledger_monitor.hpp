#pragma once
// Looks at the ledger and the schedule again and again: how much waits, how long, and whether they
// answer at all. What it last saw is what health, metrics and the backlog limit go by.

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
    };

    LedgerMonitor(Settings settings, JobStore& store, Scheduler& scheduler,
                  observability::MetricsRegistry& metrics);

    /// Looks at the interval; ends by cancellation only.
    base::Task<void> run();

    /// Counted between looks by what was accepted here; others' jobs show at the next look.
    bool backlog_full() const { return live_ >= settings_.max_backlog; }
    void job_accepted() { ++live_; }

    /// Why the ledger does not answer; none while it does.
    const std::optional<std::string>& trouble() const { return trouble_; }

  private:
    base::Task<void> look();

    Settings settings_;
    JobStore& store_;
    Scheduler& scheduler_;
    observability::Gauge queued_;
    observability::Gauge processing_;
    observability::Gauge oldest_;
    observability::Gauge scheduled_;
    observability::Gauge dead_;
    observability::Gauge postgres_up_;
    observability::Gauge redis_up_;
    std::uint64_t live_ = 0;
    std::optional<std::string> trouble_;
};

} // namespace relay::jobs
