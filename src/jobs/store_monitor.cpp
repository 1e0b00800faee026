#include "relay/jobs/store_monitor.hpp"

#include "relay/base/clock.hpp"
#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/backlog.hpp"
#include "relay/jobs/batched_ledger.hpp"
#include "relay/jobs/best_effort_schedule.hpp"
#include "relay/jobs/landing_watch.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/observability/metrics.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace relay::jobs {

StoreMonitor::StoreMonitor(base::Clock& clock, Settings settings, BatchedLedger& ledger,
                           BestEffortSchedule& schedule, Backlog& backlog, LandingWatch& landings,
                           observability::MetricsRegistry& metrics)
    : clock_(clock),
      settings_(settings),
      ledger_(ledger),
      schedule_(schedule),
      backlog_(backlog),
      landings_(landings),
      queued_(metrics.gauge("relay_queue_depth", "Live jobs by status; of the fleet: max, not sum",
                            {{"status", "queued"}})),
      processing_(metrics.gauge("relay_queue_depth",
                                "Live jobs by status; of the fleet: max, not sum",
                                {{"status", "processing"}})),
      oldest_(
          metrics.gauge("relay_queue_oldest_due_seconds",
                        "How long the longest-due job has been due; of the fleet: max, not sum")),
      unproven_gauge_(metrics.gauge(
          "relay_jobs_unproven",
          "Withdraws that wait for the proof of an expiry; of the fleet: max, not sum")),
      proof_alarm_(metrics.gauge(
          "relay_proof_of_expiry_alarm",
          "1 while withdraws have waited too long for such proofs; of the fleet: max, not sum")),
      scheduled_(metrics.gauge("relay_schedule_depth",
                               "Ids in the Redis schedule; of the fleet: max, not sum")),
      dead_(metrics.gauge("relay_dead_letters",
                          "Jobs that failed for good, in Postgres; of the fleet: max, not sum")),
      postgres_up_(metrics.gauge("relay_postgres_up", "1 while Postgres answers")),
      redis_up_(metrics.gauge("relay_redis_up", "1 while Redis answers and takes writes")),
      redis_(metrics, "redis") {}

base::Task<void> StoreMonitor::run() {
    for (;;) {
        co_await look();
        co_await clock_.sleep_for(
            ledger_answers_ ? settings_.interval
                            : std::min(settings_.interval, std::chrono::milliseconds(500)));
    }
}

base::Task<void> StoreMonitor::look() {
    ledger_answers_ = true;
    try {
        co_await look_at_ledger();
    } catch (const LedgerRefusal&) { // an answer, if a bad one: the probe says what is wrong
    } catch (const base::Outage&) {
        ledger_answers_ = false;
    }
    postgres_up_.set(ledger_answers_ ? 1 : 0);
    if (ledger_answers_) {
        co_await count_if_due();
    }
    const auto depth = co_await schedule_.depth();
    redis_up_.set(depth ? 1 : 0);
    if (depth) {
        redis_.read_well();
        scheduled_.set(static_cast<double>(depth->scheduled));
    }
}

base::Task<void> StoreMonitor::look_at_ledger() {
    WalkPosition beginning;
    const auto first = co_await ledger_.walk(std::move(beginning), 1); // by due time
    const auto due_in = first.jobs.empty() ? std::chrono::milliseconds(0) : first.jobs[0].due_in;
    oldest_.set(std::max(0.0, -std::chrono::duration<double>(due_in).count()));
}

base::Task<void> StoreMonitor::count_if_due() {
    const auto began = clock_.now();
    if (began < next_count_) {
        co_return;
    }
    std::optional<JobCounts> counted;
    try {
        counted = co_await ledger_.count();
    } catch (const base::Outage& outage) {
        // A ledger too large to be counted in time can yet be worked on.
        not_counted_.met(clock_.now(), outage.what());
    }
    rest_from_counting(began);
    if (counted) {
        not_counted_.over(clock_.now());
        backlog_.counted(counted->live());
        queued_.set(static_cast<double>(counted->queued));
        processing_.set(static_cast<double>(counted->processing));
        dead_.set(static_cast<double>(counted->failed));
        landings_.counted(*counted);
        note_unproven(counted->unproven);
    }
}

void StoreMonitor::note_unproven(std::uint64_t jobs) {
    const auto now = clock_.now();
    unproven_ = jobs;
    unproven_gauge_.set(static_cast<double>(jobs));
    if (jobs == 0) {
        unproven_since_.reset();
    } else if (!unproven_since_) {
        unproven_since_ = now;
    }
    const bool late = unproven_since_ && now - *unproven_since_ >= settings_.proof_alarm;
    proof_alarm_.set(late ? 1 : 0);
    if (late) {
        proofs_late_.met(now, std::to_string(jobs) + " of them");
    } else {
        proofs_late_.over(now);
    }
}

void StoreMonitor::rest_from_counting(base::Clock::time_point began) {
    const auto ended = clock_.now();
    next_count_ = ended + std::min<std::chrono::nanoseconds>(settings_.count_rest * (ended - began),
                                                             settings_.longest_count_rest);
}

} // namespace relay::jobs
