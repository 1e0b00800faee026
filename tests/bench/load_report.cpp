#include "bench/load_report.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace relay::bench {

namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

double milliseconds_at(const std::vector<std::chrono::nanoseconds>& sorted, double quantile) {
    if (sorted.empty()) {
        return 0;
    }
    const auto index = static_cast<std::size_t>(quantile * static_cast<double>(sorted.size() - 1));
    return Milliseconds(sorted[index]).count();
}

} // namespace

std::string LoadReport::to_json() const {
    auto sorted = latencies;
    std::ranges::sort(sorted);
    const std::chrono::duration<double> taken = last - first;
    nlohmann::json answers = nlohmann::json::object();
    for (const auto& [status, count] : statuses) {
        answers[std::to_string(status)] = count;
    }
    const nlohmann::json report = {
        {"answers", answers},
        {"broken", broken},
        {"seconds", taken.count()},
        {"per_second", static_cast<double>(latencies.size()) / taken.count()},
        {"began_ns", first.time_since_epoch().count()},
        {"p50_ms", milliseconds_at(sorted, 0.5)},
        {"p90_ms", milliseconds_at(sorted, 0.9)},
        {"p99_ms", milliseconds_at(sorted, 0.99)},
        {"max_ms", milliseconds_at(sorted, 1.0)}};
    return report.dump();
}

} // namespace relay::bench
