#pragma once
// What a load came to: answers by status, and how long they took.

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace relay::bench {

struct LoadReport {
    using Clock = std::chrono::steady_clock;

    Clock::time_point first{};
    Clock::time_point last{};
    std::vector<std::chrono::nanoseconds> latencies;
    std::map<unsigned, std::size_t> statuses;
    std::size_t broken = 0; // connections that ended before their answer

    std::string to_json() const;
};

} // namespace relay::bench
