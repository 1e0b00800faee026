#include "relay/observability/in_flight.hpp"

#include "relay/observability/metrics.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace relay::observability {

InFlight::InFlight(MetricsRegistry& metrics, const std::string& name, const std::string& help,
                   MetricsRegistry::Labels labels)
    : count_(std::make_shared<std::size_t>(0)) {
    auto gauge = metrics.gauge(name, help, labels);
    metrics.before_text(
        [gauge, count = count_]() mutable { gauge.set(static_cast<double>(*count)); });
}

} // namespace relay::observability
