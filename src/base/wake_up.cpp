#include "relay/base/wake_up.hpp"

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <utility>

namespace relay::base {

namespace asio = boost::asio;
using boost::system::error_code;

WakeUp::WakeUp(const asio::any_io_executor& executor) : executor_(executor) {}

void WakeUp::notify() {
    notified_ = true;
    wake({});
}

Task<void> WakeUp::wait() {
    if (!notified_) {
        co_await sleep();
    }
    notified_ = false;
}

Task<void> WakeUp::sleep() {
    return asio::async_initiate<const asio::use_awaitable_t<>, void(error_code)>(
        [this](auto&& handler) {
            auto cancellation = asio::get_associated_cancellation_slot(handler);
            sleeper_ = std::forward<decltype(handler)>(handler);
            work_.emplace(executor_);
            if (cancellation.is_connected()) {
                cancellation.assign(
                    [this](asio::cancellation_type) { wake(asio::error::operation_aborted); });
            }
        },
        asio::use_awaitable);
}

/// Not within the caller: it may be in the midst of a list of others to wake.
void WakeUp::wake(error_code error) {
    if (sleeper_) {
        asio::post(executor_, [sleeper = std::exchange(sleeper_, nullptr), error]() mutable {
            sleeper(error);
        });
        work_.reset();
    }
}

// The clock outlives the caller, who awaits this.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters)
Task<void> WakeUp::wait_for(Clock& clock, std::chrono::nanoseconds limit) {
    if (!notified_) {
        const auto alarm = clock.set_alarm(clock.after(limit), [this] { wake({}); });
        co_await sleep();
    }
    notified_ = false;
}

Task<void> sleep_for(std::chrono::nanoseconds duration) {
    asio::steady_timer timer(co_await asio::this_coro::executor, duration);
    co_await timer.async_wait(asio::use_awaitable);
}

Task<void> yield() {
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
}

} // namespace relay::base
