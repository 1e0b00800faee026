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

} // namespace relay::jobs
