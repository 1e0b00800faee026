#include "relay/observability/freshness.hpp"

#include "relay/observability/metrics.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>

namespace relay::observability {

Freshness::Freshness(MetricsRegistry& metrics, std::string_view dependency)
    : last_(std::make_shared<std::optional<Clock::time_point>>()) {
    auto age = metrics.gauge("relay_last_good_read_age_seconds",
                             "Since a dependency of this relay last answered well",
                             {{"dependency", dependency}});
    metrics.before_text([age, last = last_]() mutable {
        if (*last) {
            age.set(std::chrono::duration<double>(Clock::now() - **last).count());
        }
    });
}

} // namespace relay::observability
