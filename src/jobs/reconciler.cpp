#include "relay/jobs/reconciler.hpp"

#include "relay/base/clock.hpp"
#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/jobs/batched_ledger.hpp"
#include "relay/jobs/best_effort_schedule.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/observability/logging.hpp"
#include "relay/observability/metrics.hpp"

#include <cstddef>
#include <utility>

namespace relay::jobs {

Reconciler::Reconciler(base::Clock& clock, Settings settings, BatchedLedger& ledger,
                       BestEffortSchedule& schedule, observability::MetricsRegistry& metrics,
                       base::WakeUp& due)
    : clock_(clock),
      settings_(settings),
      ledger_(ledger),
      schedule_(schedule),
      due_(due),
      restored_(metrics.counter("relay_schedule_restored_total",
                                "Jobs the schedule had forgotten and the ledger restored")) {}

base::Task<void> Reconciler::run() {
    for (;;) {
        co_await clock_.sleep_for(settings_.interval);
        try {
            const auto restored = co_await sweep();
            const auto letters = co_await sweep_dead_letters();
            if (restored + letters > 0) {
                observability::log_info("schedule_restored", "jobs restored to the schedule",
                                        {{"jobs", restored}, {"dead_letters", letters}});
            }
        } catch (const base::Outage& outage) {
            observability::log_debug("sweep_skipped", "no sweep without postgres",
                                     {{"reason", outage.what()}});
        }
    }
}

base::Task<std::size_t> Reconciler::sweep() {
    std::size_t restored = 0;
    if (!schedule_.is_whole() && failures_at_beginning_ != schedule_.failures()) {
        position_ = {}; // what could not be noted may stand anywhere
    }
    for (std::size_t idle = 0; idle < settings_.idle_pages || !schedule_.is_whole();) {
        if (position_.due_at.empty()) {
            failures_at_beginning_ = schedule_.failures();
        }
        auto page = co_await ledger_.walk(position_, settings_.page);
        const auto added = co_await schedule_.note_missing(std::move(page.jobs));
        if (!added) {
            position_ = {}; // without the schedule there is nothing to mend; it may come back empty
            break;
        }
        restored += *added;
        idle = *added == 0 ? idle + 1 : 0;
        position_ = page.next.value_or(WalkPosition{});
        if (!page.next) {
            schedule_.made_whole(failures_at_beginning_);
            break;
        }
    }
    if (restored > 0) {
        restored_.add(static_cast<double>(restored));
        due_.notify();
    }
    co_return restored;
}

base::Task<std::size_t> Reconciler::sweep_dead_letters() {
    std::size_t restored = 0;
    for (std::size_t idle = 0; idle < settings_.idle_pages;) {
        auto page = co_await ledger_.walk_dead_letters(dead_letters_position_, settings_.page);
        const auto added = co_await schedule_.note_missing_failed(std::move(page.letters));
        if (!added) {
            dead_letters_position_ = {};
            break;
        }
        restored += *added;
        idle = *added == 0 ? idle + 1 : 0;
        dead_letters_position_ = page.next.value_or(DeadLetterPosition{});
        if (!page.next) {
            break;
        }
    }
    co_return restored;
}

} // namespace relay::jobs
