#include "relay/jobs/retention.hpp"

#include "relay/base/clock.hpp"
#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/best_effort_schedule.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/retention_ledger.hpp"
#include "relay/observability/logging.hpp"
#include "relay/observability/metrics.hpp"

#include <chrono>
#include <cstddef>

namespace relay::jobs {

namespace {

constexpr const char* kRemovedTotal = "relay_retention_removed_total";
constexpr const char* kRemovedHelp = "Jobs that were removed because their time was over";

double in_seconds(base::Clock::time_point::duration duration) {
    return std::chrono::duration<double>(duration).count();
}

} // namespace

Retention::Retention(base::Clock& clock, Settings settings, RetentionLedger& ledger,
                     BestEffortSchedule& schedule, observability::MetricsRegistry& metrics)
    : clock_(clock),
      settings_(settings),
      ledger_(ledger),
      schedule_(schedule),
      completed_removed_(metrics.counter(kRemovedTotal, kRemovedHelp, {{"kind", "completed"}})),
      failed_removed_(metrics.counter(kRemovedTotal, kRemovedHelp, {{"kind", "failed"}})),
      taken_(metrics.gauge("relay_retention_sweep_seconds",
                           "How long the last sweep for jobs to remove took")),
      since_(metrics.gauge("relay_retention_last_sweep_age_seconds",
                           "Since the last sweep for jobs to remove that came to its end")),
      swept_at_(clock.now()) {
    if (is_on()) {
        metrics.before_text([this] { since_.set(in_seconds(clock_.now() - swept_at_)); });
    }
}

base::Task<void> Retention::run() {
    while (is_on()) {
        co_await clock_.sleep_for(settings_.interval);
        try {
            co_await sweep();
            refused_.over(clock_.now());
        } catch (const LedgerRefusal& refusal) {
            refused_.met(clock_.now(), refusal.what());
        } catch (const base::Outage& outage) {
            observability::log_debug("removal_skipped", "no job is removed without postgres",
                                     {{"reason", outage.what()}});
        }
    }
}

base::Task<Retention::Removed> Retention::sweep() {
    const auto began = clock_.now();
    Removed removed;
    removed.completed = co_await remove(Ending::Completed, settings_.completed, completed_removed_);
    removed.failed = co_await remove(Ending::Failed, settings_.failed, failed_removed_);
    swept_at_ = clock_.now();
    taken_.set(in_seconds(swept_at_ - began));
    if (removed.completed + removed.failed > 0) {
        observability::log_info("jobs_removed", "jobs whose time was over were removed",
                                {{"completed", removed.completed},
                                 {"failed", removed.failed},
                                 {"seconds", swept_at_ - began}});
    }
    co_return removed;
}

base::Task<std::size_t> Retention::remove(Ending ending, std::chrono::milliseconds age,
                                          observability::Counter removed) {
    std::size_t jobs = 0;
    for (bool more = age.count() > 0; more;) {
        const auto removal = co_await ledger_.remove(ending, age, settings_.batch);
        jobs += removal.ids.size();
        removed.add(static_cast<double>(removal.ids.size()));
        if (ending == Ending::Failed) {
            for (const auto& id : removal.ids) {
                schedule_.forget_failed(id);
            }
        }
        more = removal.more;
        if (more) {
            co_await clock_.sleep_for(settings_.pause);
        }
    }
    co_return jobs;
}

} // namespace relay::jobs
