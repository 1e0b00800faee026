#include "relay/jobs/retry_policy.hpp"

#include <algorithm>
#include <chrono>

namespace relay::jobs {

std::chrono::milliseconds RetryPolicy::delay(int retry_count) const {
    auto delay = base_delay;
    for (int doubled = 0; doubled < retry_count && delay < max_delay; ++doubled) {
        delay *= 2;
    }
    return std::min(delay, max_delay);
}

std::chrono::milliseconds RetryPolicy::pool_delay(std::chrono::milliseconds age) const {
    const auto delay =
        std::clamp(age, first_pool_delay, std::max(first_pool_delay, longest_pool_delay));
    return std::min(delay, std::max(pool_patience - age, std::chrono::milliseconds(0)));
}

} // namespace relay::jobs
