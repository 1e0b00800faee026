#include "relay/jobs/landing_watch.hpp"

#include "relay/base/clock.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/observability/metrics.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace relay::jobs {

LandingWatch::LandingWatch(base::Clock& clock, Settings settings,
                           observability::MetricsRegistry& metrics)
    : clock_(clock),
      settings_(settings),
      oldest_age_(
          metrics.gauge("relay_job_age_max_seconds",
                        "Age of the oldest live job, since its acceptance; of the fleet: max, not "
                        "sum")) {}

void LandingWatch::landed() {
    expired_in_a_row_ = 0;
    judge();
}

void LandingWatch::expired() {
    ++expired_in_a_row_;
    judge();
}

void LandingWatch::counted(const JobCounts& jobs) {
    oldest_ = jobs.oldest_age_but_root;
    oldest_age_.set(std::chrono::duration<double>(jobs.oldest_age).count());
    if (jobs.live() == 0) {
        expired_in_a_row_ = 0; // nothing is left that could land
    }
    judge();
}

void LandingWatch::judge() {
    std::optional<std::string> trouble;
    if (oldest_ > settings_.alarm) {
        const auto minutes = std::chrono::floor<std::chrono::minutes>(oldest_).count();
        trouble = "a withdraw has waited for " + std::to_string(minutes) + " minutes";
    } else if (expired_in_a_row_ >= settings_.expiries) {
        trouble = "the last " + std::to_string(expired_in_a_row_) + " transactions did not land";
    }
    if (trouble) {
        not_landing_.met(clock_.now(), *trouble);
    } else {
        not_landing_.over(clock_.now());
    }
    trouble_ = std::move(trouble);
}

} // namespace relay::jobs
