#include "watch.hpp"

#include "relay/base/error.hpp"

#include <sys/socket.h>
#include <algorithm>
#include <chrono>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

namespace relay::postgres {

namespace {

constexpr std::chrono::milliseconds kLookUpLimit{2'000};

} // namespace

Watch::Watch() : thread_([this](const std::stop_token& stop) { run(stop); }) {}

void Watch::run(const std::stop_token& stop) {
    using Clock = std::chrono::steady_clock;
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        const auto now = Clock::now();
        auto next = now + std::chrono::hours(1);
        for (auto& [deadline, socket] : watched_) {
            if (deadline <= now) {
                // Shut, not closed: the descriptor stays libpq's, which now reads end-of-file.
                ::shutdown(socket, SHUT_RDWR);
                deadline = Clock::time_point::max();
            }
            next = std::min(next, deadline);
        }
        wakes_at_ = next;
        changed_.wait_until(lock, stop, next, [&] { return wakes_at_ < next; });
    }
}

base::Result<std::vector<std::string>> Watch::find_addresses(const std::string& host) {
    return resolver_.resolve_blocking(host, kLookUpLimit);
}

Watch::Guard::Guard(Watch& watch, int socket, std::chrono::milliseconds limit) : watch_(watch) {
    const std::lock_guard lock(watch_.mutex_);
    const auto deadline = std::chrono::steady_clock::now() + limit;
    entry_ = watch_.watched_.emplace(watch_.watched_.end(), deadline, socket);
    if (deadline < watch_.wakes_at_) { // else it wakes in time anyway
        watch_.wakes_at_ = deadline;
        watch_.changed_.notify_all();
    }
}

Watch::Guard::~Guard() {
    const std::lock_guard lock(watch_.mutex_);
    watch_.watched_.erase(entry_);
}

} // namespace relay::postgres
