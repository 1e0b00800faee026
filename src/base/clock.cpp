#include "relay/base/clock.hpp"

#include "relay/base/deadlines.hpp"
#include "relay/base/task.hpp"
#include "relay/base/wake_up.hpp"

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <utility>

namespace relay::base {

Clock::Clock(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

// Not past the end of the clock's range, which would wrap into the past.
Clock::time_point Clock::after(std::chrono::nanoseconds duration) const {
    constexpr std::chrono::hours kForEver{24 * 365 * 100};
    return now() + std::min<std::chrono::nanoseconds>(duration, kForEver);
}

Task<void> Clock::sleep_for(std::chrono::nanoseconds duration) {
    WakeUp over(executor_);
    const auto alarm = set_alarm(after(duration), [&over] { over.notify(); });
    co_await over.wait();
}

SteadyClock::SteadyClock(const boost::asio::any_io_executor& executor)
    : Clock(executor), deadlines_(executor) {}

std::unique_ptr<Clock::Alarm> SteadyClock::set_alarm(time_point when, std::function<void()> ring) {
    struct Guarded final : Alarm {
        Deadlines::Guard guard;
        Guarded(Deadlines& deadlines, time_point due, std::function<void()> call)
            : guard(deadlines, due - std::chrono::steady_clock::now(), std::move(call)) {}
    };
    return std::make_unique<Guarded>(deadlines_, when, std::move(ring));
}

} // namespace relay::base
