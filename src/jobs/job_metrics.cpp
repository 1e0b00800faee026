#include "relay/jobs/job_metrics.hpp"

#include "relay/observability/metrics.hpp"
#include "relay/solana/shield_pool.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace relay::jobs {

namespace {

/// By Stage.
constexpr std::array kStageNames = {"queued",  "signing",    "saving",  "asking",
                                    "sending", "confirming", "seeking", "finishing"};

constexpr const char* kSends = "relay_sends_total";
constexpr const char* kSendsHelp = "Transactions given to RPC nodes";

constexpr auto kGivenBackCodes = std::to_array<const char*>(
    {"rpc_unavailable", "rpc_limited", "rpc_refused", "payer_unfunded", "tip_below_rent",
     "proof_of_expiry", "root_not_found", "pool_short_of_lamports"});

/// What the program does not say itself, but the chain or the relay.
constexpr auto kOtherCodes = std::to_array<std::string_view>(
    {"transaction_failed", "transaction_expired", "pool_below_rent", "treasury_below_rent",
     "shard_below_rent", "recipient_below_rent", "account_below_rent", "compute_exceeded",
     "loaded_data_exceeded", "program_stopped"});

std::vector<std::string> failure_codes() {
    std::vector<std::string> codes(kOtherCodes.begin(), kOtherCodes.end());
    const auto of_program = solana::program_error_codes();
    codes.insert(codes.end(), of_program.begin(), of_program.end());
    return codes;
}

using Buckets = observability::MetricsRegistry::Buckets;

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
      signed_(registry.counter("relay_transactions_signed_total", "Transactions signed")),
      expired_(registry.counter("relay_transactions_expired_total",
                                "Transactions proven never to land")),
      sent_first_(registry.counter(kSends, kSendsHelp, {{"kind", "first"}})),
      sent_again_(registry.counter(kSends, kSendsHelp, {{"kind", "again"}})),
      in_flight_(registry.gauge("relay_jobs_in_flight", "Jobs between claim and outcome here")),
      places_(registry.gauge("relay_places", "Jobs that may be in flight here at once")),
      accept_to_sent_(registry.histogram("relay_accept_to_sent_seconds",
                                         "From acceptance to the first answer of sendTransaction",
                                         Buckets::Lives)),
      accept_to_completed_(registry.histogram("relay_accept_to_completed_seconds",
                                              "From acceptance to completion", Buckets::Lives)) {
    for (const auto* name : kStageNames) {
        stages_.push_back(registry.durations("relay_stage_seconds", "Time of one stage of a job",
                                             {{"stage", name}}));
    }
    // From the start: the first failure of a kind is then a rise, not a new series.
    for (const auto& code : failure_codes()) {
        failures(code);
        if (!solana::is_permanent_program_error(code)) {
            retries(code);
        }
    }
    for (const auto* code : kGivenBackCodes) {
        give_backs(code);
    }
}

observability::Counter JobMetrics::failures(const std::string& code) {
    return registry_.counter("relay_jobs_failed_total", "Withdraws failed for good, by code",
                             {{"code", code}});
}

observability::Counter JobMetrics::retries(const std::string& code) {
    return registry_.counter("relay_jobs_retried_total", "Retries spent, by code",
                             {{"code", code}});
}

observability::Counter JobMetrics::give_backs(const std::string& code) {
    return registry_.counter("relay_jobs_requeued_total",
                             "Jobs given back at no retry's cost, by code", {{"code", code}});
}

void JobMetrics::failed(const std::string& code) {
    failures(code).add();
}

void JobMetrics::retried(const std::string& code) {
    retries(code).add();
}

void JobMetrics::given_back(const std::string& code) {
    give_backs(code).add();
}

void JobMetrics::stage(Stage stage, std::chrono::nanoseconds taken) {
    stages_.at(static_cast<std::size_t>(stage)).observe(taken);
}

void JobMetrics::accept_to_sent(std::chrono::nanoseconds taken) {
    accept_to_sent_.observe(taken);
}

void JobMetrics::accept_to_completed(std::chrono::nanoseconds taken) {
    accept_to_completed_.observe(taken);
}

} // namespace relay::jobs
