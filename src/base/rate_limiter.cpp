#include "relay/base/rate_limiter.hpp"

#include "relay/base/client_key.hpp"

#include <algorithm>
#include <chrono>

namespace relay::base {

RateLimiter::RateLimiter(double tokens_per_second, double most_tokens)
    : rate_(tokens_per_second), most_(std::max(most_tokens, 1.0)) {}

double RateLimiter::tokens(const Bucket& bucket, Clock::time_point now) const {
    const std::chrono::duration<double> since = now - bucket.filled_at;
    return std::min(most_, bucket.tokens + since.count() * rate_);
}

bool RateLimiter::has(ClientKey client, Clock::time_point now) const {
    const auto found = buckets_.find(client);
    return rate_ <= 0 || found == buckets_.end() || tokens(found->second, now) >= 1;
}

bool RateLimiter::is_full(ClientKey client, Clock::time_point now) const {
    const auto found = buckets_.find(client);
    return found == buckets_.end() || tokens(found->second, now) >= most_;
}

void RateLimiter::take(ClientKey client, Clock::time_point now) {
    if (rate_ <= 0) {
        return;
    }
    auto found = buckets_.find(client);
    if (found == buckets_.end()) {
        if (buckets_.size() >= kMaxClients) {
            buckets_.erase(uses_.front());
            uses_.pop_front();
        }
        const auto use = uses_.insert(uses_.end(), client);
        found = buckets_.emplace(client, Bucket{most_, now, use}).first;
    }
    auto& bucket = found->second;
    uses_.splice(uses_.end(), uses_, bucket.use);
    bucket.tokens = std::max(0.0, tokens(bucket, now) - 1);
    bucket.filled_at = now;
}

bool RateLimiter::allows(ClientKey client, Clock::time_point now) {
    const bool allowed = has(client, now);
    if (allowed) {
        take(client, now);
    }
    return allowed;
}

} // namespace relay::base
