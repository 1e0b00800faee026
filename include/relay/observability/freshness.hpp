#pragma once
// How long ago a dependency last answered well. A gauge that is read keeps the value of a
// dependency that is away; this tells that it is old.

#include "relay/observability/metrics.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>

namespace relay::observability {

class Freshness {
  public:
    /// relay_last_good_read_age_seconds{dependency}: absent until the first good read. The registry
    /// may outlive this object.
    Freshness(MetricsRegistry& metrics, std::string_view dependency);

    void read_well() { *last_ = Clock::now(); }

  private:
    using Clock = std::chrono::steady_clock;

    std::shared_ptr<std::optional<Clock::time_point>> last_;
};

} // namespace relay::observability
