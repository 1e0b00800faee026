#pragma once
// Whether withdraws land: a relay whose every part is well may yet pay nobody, as where its fee is
// too low or its nodes pass nothing on. Told of by the jobs that end here and by the monitor of the
// ledger, which knows the oldest job of all relays.

#include "relay/base/clock.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/observability/condition.hpp"
#include "relay/observability/logging.hpp"
#include "relay/observability/metrics.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace relay::jobs {

class LandingWatch {
  public:
    struct Settings {
        /// A live job older than this is late.
        std::chrono::milliseconds alarm{600'000};
        /// So many transactions of ours that expired one after the other are no accident.
        std::size_t expiries = 5;
    };

    LandingWatch(base::Clock& clock, Settings settings, observability::MetricsRegistry& metrics);

    void landed();
    void expired();
    /// The live jobs of all relays, as counted. Those that wait for a root raise no alarm: their
    /// clients may never bring it.
    void counted(const JobCounts& jobs);

    /// Why withdraws are thought not to land; none while they do, or none waits.
    const std::optional<std::string>& trouble() const { return trouble_; }

  private:
    void judge();

    base::Clock& clock_;
    Settings settings_;
    observability::Gauge oldest_age_;
    std::size_t expired_in_a_row_ = 0;
    std::chrono::milliseconds oldest_{0};
    std::optional<std::string> trouble_;
    observability::Condition not_landing_{
        {observability::log_error, "jobs_not_landing",
         "withdraws do not land: look at the fee, the RPC nodes and the payer"},
        {"jobs_landing", "withdraws land again"}};
};

} // namespace relay::jobs
