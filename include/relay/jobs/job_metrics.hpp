#pragma once
// The counts and times of jobs, by the names a dashboard shows.

#include "relay/observability/metrics.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace relay::jobs {

class JobMetrics {
  public:
    explicit JobMetrics(observability::MetricsRegistry& registry);

    void accepted() { accepted_.add(); }
    void completed() { completed_.add(); }
    void failed(const std::string& code);
    void retried(const std::string& code);
    /// At no retry's cost.
    void given_back(const std::string& code);
    void lease_lost() { leases_lost_.add(); }
    void save_abandoned() { saves_abandoned_.add(); }
    void send_refused() { sends_refused_.add(); }

    enum class Stage { Queued, Signing, Saving, Asking, Sending, Confirming, Seeking, Finishing };
    void stage(Stage stage, std::chrono::nanoseconds taken);
    void accept_to_sent(std::chrono::nanoseconds taken);
    void accept_to_completed(std::chrono::nanoseconds taken);

    void in_flight(std::size_t jobs) { in_flight_.set(static_cast<double>(jobs)); }

  private:
    observability::MetricsRegistry& registry_;
    observability::Counter accepted_;
    observability::Counter completed_;
    observability::Counter leases_lost_;
    observability::Counter saves_abandoned_;
    observability::Counter sends_refused_;
    observability::Gauge in_flight_;
    observability::Histogram accept_to_sent_;
    observability::Histogram accept_to_completed_;
    std::vector<observability::Histogram> stages_; // by Stage
};

} // namespace relay::jobs
