#include "relay/jobs/job_metrics.hpp"

#include "relay/observability/metrics.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <string>

namespace relay::jobs {

namespace {

/// By Stage.
constexpr std::array kStageNames = {"queued",  "signing",    "saving",  "asking",
                                    "sending", "confirming", "seeking", "finishing"};

double seconds(std::chrono::nanoseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

} // namespace

JobMetrics::JobMetrics(observability::MetricsRegistry& registry)
    : registry_(registry),
      accepted_(
          registry.counter("relay_jobs_accepted_total", "Withdraws committed and answered 202")),
      completed_(registry.counter("relay_jobs_completed_total", "Withdraws whose payment landed")),
      leases_lost_(registry.counter("relay_leases_lost_total",
                                    "Jobs abandoned because another instance had claimed them")),
      saves_abandoned_(registry.counter(
          "relay_saves_abandoned_total",
          "Jobs abandoned unsent because Postgres did not save their transaction")),
      sends_refused_(
          registry.counter("relay_sends_refused_total", "Sends that no RPC node would carry out")),
      in_flight_(registry.gauge("relay_jobs_in_flight", "Jobs between claim and outcome here")),
      accept_to_sent_(registry.seconds("relay_accept_to_sent_seconds",
                                       "From acceptance to the first answer of sendTransaction")),
      accept_to_completed_(
          registry.seconds("relay_accept_to_completed_seconds", "From acceptance to completion")) {
    for (const auto* name : kStageNames) {
        stages_.push_back(registry.seconds("relay_stage_seconds", "Time of one stage of a job",
                                           {{"stage", name}}));
    }
}

void JobMetrics::failed(const std::string& code) {
    registry_
        .counter("relay_jobs_failed_total", "Withdraws failed for good, by code", {{"code", code}})
        .add();
}

void JobMetrics::retried(const std::string& code) {
    registry_.counter("relay_jobs_retried_total", "Retries spent, by code", {{"code", code}}).add();
}

void JobMetrics::given_back(const std::string& code) {
    registry_
        .counter("relay_jobs_requeued_total", "Jobs given back at no retry's cost, by code",
                 {{"code", code}})
        .add();
}

void JobMetrics::stage(Stage stage, std::chrono::nanoseconds taken) {
    stages_.at(static_cast<std::size_t>(stage)).observe(seconds(taken));
}

void JobMetrics::accept_to_sent(std::chrono::nanoseconds taken) {
    accept_to_sent_.observe(seconds(taken));
}

void JobMetrics::accept_to_completed(std::chrono::nanoseconds taken) {
    accept_to_completed_.observe(seconds(taken));
}

} // namespace relay::jobs
