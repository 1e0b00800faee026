#pragma once
// How many requests there were, of what route and with what answer, and how long they took. A path
// that is no route, and what was refused before it had one, is the route "none". Private to http.

#include "relay/observability/metrics.hpp"

#include <chrono>
#include <map>
#include <string>
#include <string_view>

namespace relay::http {

class RequestMetrics {
  public:
    RequestMetrics(observability::MetricsRegistry& registry, std::string listener)
        : registry_(registry), listener_(std::move(listener)) {}

    void answered(std::string_view route, std::string_view method, unsigned status,
                  std::chrono::nanoseconds taken);
    /// A posted withdraw that was not accepted.
    void refused(const std::string& code);
    /// From the start, at 0, where this listener takes withdraws.
    void expect_withdraws();

  private:
    observability::Counter refusals(std::string_view code);

    observability::MetricsRegistry& registry_;
    std::string listener_;
    // A look-up by labels in the registry costs more than the rest of a small request.
    std::map<std::string, observability::Counter, std::less<>> counters_;
    std::map<std::string, observability::Histogram, std::less<>> times_;
};

} // namespace relay::http
