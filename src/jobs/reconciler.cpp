#include "relay/jobs/reconciler.hpp"

#include "relay/base/error.hpp"
#include "relay/base/signal.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/scheduler.hpp"
#include "relay/jobs/store.hpp"
#include "relay/observability/logging.hpp"
#include "relay/observability/metrics.hpp"

#include <cstddef>
#include <utility>

namespace relay::jobs {

Reconciler::Reconciler(Settings settings, JobStore& store, Scheduler& scheduler,
                       observability::MetricsRegistry& metrics, base::Signal& due)
    : settings_(settings),
      store_(store),
      scheduler_(scheduler),
      due_(due),
      restored_(metrics.counter("relay_schedule_restored_total",
                                "Jobs the schedule had forgotten and the ledger restored")) {}

base::Task<void> Reconciler::run() {
    for (;;) {
        co_await base::sleep_for(settings_.interval);
        try {
            const auto restored = co_await sweep();
            if (restored > 0) {
                observability::log_info("jobs restored to the schedule", {{"jobs", restored}});
            }
        } catch (const base::Outage& outage) {
            observability::log_debug("no sweep without postgres", {{"reason", outage.what()}});
        }
    }
}

base::Task<std::size_t> Reconciler::sweep() {
    std::size_t restored = 0;
    for (std::size_t calm = 0; calm < settings_.calm_pages;) {
        auto page = co_await store_.walk(position_, settings_.page);
        const auto added = co_await scheduler_.restore(std::move(page.jobs));
        if (!added) {
            position_ = {}; // without the queue there is nothing to mend; it may come back empty
            break;
        }
        restored += *added;
        calm = *added == 0 ? calm + 1 : 0;
        position_ = page.next.value_or(WalkPosition{});
        if (!page.next) {
            break;
        }
    }
    if (restored > 0) {
        restored_.add(static_cast<double>(restored));
        due_.notify();
    }
    co_return restored;
}

} // namespace relay::jobs
