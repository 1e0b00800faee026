#include "request_metrics.hpp"

#include "relay/observability/metrics.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <string_view>

namespace relay::http {

namespace {

/// A stranger's word is no label: each would be a series of its own.
std::string_view known_method(std::string_view method) {
    constexpr std::array<std::string_view, 4> kMethods = {"GET", "HEAD", "OPTIONS", "POST"};
    return std::ranges::find(kMethods, method) == kMethods.end() ? "other" : method;
}

/// Every code that POST /withdraw can be refused with once its path was read.
constexpr auto kRefusals = std::to_array<const char*>({"invalid_json",
                                                       "missing_field",
                                                       "invalid_field",
                                                       "outputs_hash_mismatch",
                                                       "conservation_violated",
                                                       "fee_mismatch",
                                                       "unsupported",
                                                       "transaction_too_large",
                                                       "nullifier_conflict",
                                                       "nullifier_spent",
                                                       "recipient_below_rent",
                                                       "unsupported_media_type",
                                                       "body_too_large",
                                                       "request_timeout",
                                                       "invalid_http",
                                                       "expectation_failed",
                                                       "not_implemented",
                                                       "rate_limited",
                                                       "backlog_full",
                                                       "draining",
                                                       "shutting_down",
                                                       "unavailable",
                                                       "internal_error",
                                                       "proof_invalid",
                                                       "busy"});

} // namespace

void RequestMetrics::answered(std::string_view route, std::string_view method, unsigned status,
                              std::chrono::nanoseconds taken) {
    const auto code = std::to_string(status);
    const auto name = known_method(method);
    const auto key = std::string(route).append(" ").append(name).append(" ").append(code);
    auto counter = counters_.find(key);
    if (counter == counters_.end()) {
        counter = counters_
                      .emplace(key, registry_.counter("relay_http_requests_total",
                                                      "Requests answered, by route and status code",
                                                      {{"listener", listener_},
                                                       {"route", route},
                                                       {"method", name},
                                                       {"code", code}}))
                      .first;
    }
    counter->second.add();
    auto times = times_.find(route);
    if (times == times_.end()) {
        times = times_
                    .emplace(route, registry_.histogram(
                                        "relay_http_request_seconds",
                                        "From a request's last byte to its answer, a wait that it "
                                        "asked for included",
                                        observability::MetricsRegistry::Buckets::Calls,
                                        {{"listener", listener_}, {"route", route}}))
                    .first;
    }
    times->second.observe(taken);
}

observability::Counter RequestMetrics::refusals(std::string_view code) {
    return registry_.counter("relay_withdraws_refused_total",
                             "Posted withdraws that were not accepted", {{"code", code}});
}

void RequestMetrics::refused(const std::string& code) {
    refusals(code).add();
}

void RequestMetrics::expect_withdraws() {
    for (const auto* code : kRefusals) {
        refusals(code);
    }
}

} // namespace relay::http
