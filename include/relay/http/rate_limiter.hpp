#pragma once
// How many requests a second one client address may make: a token bucket an address, with room for
// one second's worth. Pure: time is an argument. Bound: kMaxAddresses buckets; where more addresses
// are active, the one that was idle longest is forgotten, and so starts afresh.

#include <chrono>
#include <cstddef>
#include <list>
#include <string>
#include <unordered_map>

namespace relay::http {

class RateLimiter {
  public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::size_t kMaxAddresses = 10'000;

    /// 0: no limit.
    explicit RateLimiter(double requests_per_second) : rate_(requests_per_second) {}

    bool allows(const std::string& address, Clock::time_point now);

  private:
    struct Bucket {
        double tokens = 0;
        Clock::time_point filled_at;
        std::list<std::string>::iterator use;
    };

    double rate_;
    std::unordered_map<std::string, Bucket> buckets_;
    std::list<std::string> uses_; // longest idle first
};

} // namespace relay::http
