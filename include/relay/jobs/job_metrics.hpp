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
    void transaction_signed() { signed_.add(); }
    void transaction_expired() { expired_.add(); }
    void sent_first() { sent_first_.add(); }
    /// Counts each time that a transaction is sent again.
    observability::Counter sent_again() { return sent_again_; }
    void send_refused() { sends_refused_.add(); }

    enum class Stage { Queued, Signing, Saving, Asking, Sending, Confirming, Seeking, Finishing };
    void stage(Stage stage, std::chrono::nanoseconds taken);
    void accept_to_sent(std::chrono::nanoseconds taken);
    void accept_to_completed(std::chrono::nanoseconds taken);

    void in_flight(std::size_t jobs) { in_flight_.set(static_cast<double>(jobs)); }
    void places(std::size_t places) { places_.set(static_cast<double>(places)); }

  private:
    observability::Counter failures(const std::string& code);
    observability::Counter retries(const std::string& code);
    observability::Counter give_backs(const std::string& code);

    observability::MetricsRegistry& registry_;
    observability::Counter accepted_;
    observability::Counter completed_;
    observability::Counter leases_lost_;
    observability::Counter saves_abandoned_;
    observability::Counter sends_refused_;
    observability::Counter signed_;
    observability::Counter expired_;
    observability::Counter sent_first_;
    observability::Counter sent_again_;
    observability::Gauge in_flight_;
    observability::Gauge places_;
    observability::Histogram accept_to_sent_;
    observability::Histogram accept_to_completed_;
    std::vector<observability::Durations> stages_; // by Stage
};

} // namespace relay::jobs
