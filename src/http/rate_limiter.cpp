#include "relay/http/rate_limiter.hpp"

#include <algorithm>
#include <chrono>
#include <string>

namespace relay::http {

bool RateLimiter::allows(const std::string& address, Clock::time_point now) {
    if (rate_ <= 0) {
        return true;
    }
    const double most = std::max(rate_, 1.0);
    auto found = buckets_.find(address);
    if (found == buckets_.end()) {
        if (buckets_.size() >= kMaxAddresses) {
            buckets_.erase(uses_.front());
            uses_.pop_front();
        }
        const auto use = uses_.insert(uses_.end(), address);
        found = buckets_.emplace(address, Bucket{most, now, use}).first;
    }
    auto& bucket = found->second;
    uses_.splice(uses_.end(), uses_, bucket.use);
    const std::chrono::duration<double> since = now - bucket.filled_at;
    bucket.tokens = std::min(most, bucket.tokens + since.count() * rate_);
    bucket.filled_at = now;
    if (bucket.tokens < 1) {
        return false;
    }
    bucket.tokens -= 1;
    return true;
}

} // namespace relay::http
