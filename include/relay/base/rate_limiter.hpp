#pragma once
// How much of a thing one client may have: a token bucket a client, full at first. Pure: time is an
// argument. Bound: kMaxClients buckets; where more clients are active, the one that was idle
// longest is forgotten, and so starts afresh.

#include "relay/base/client_key.hpp"

#include <chrono>
#include <cstddef>
#include <list>
#include <unordered_map>

namespace relay::base {

class RateLimiter {
  public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::size_t kMaxClients = 10'000;

    /// So many tokens a second come into a bucket, and so many it holds: one at the least.
    /// No rate: no limit.
    RateLimiter(double tokens_per_second, double most_tokens);

    /// Whether there is a token.
    bool has(ClientKey client, Clock::time_point now) const;
    /// Whether all are there: it took none for a while.
    bool is_full(ClientKey client, Clock::time_point now) const;
    /// Takes one, or what is left of it.
    void take(ClientKey client, Clock::time_point now);
    /// Takes one where there is one.
    bool allows(ClientKey client, Clock::time_point now);

  private:
    struct Bucket {
        double tokens = 0;
        Clock::time_point filled_at;
        std::list<ClientKey>::iterator use;
    };

    double tokens(const Bucket& bucket, Clock::time_point now) const;

    double rate_;
    double most_;
    std::unordered_map<ClientKey, Bucket> buckets_;
    std::list<ClientKey> uses_; // longest idle first
};

} // namespace relay::base
