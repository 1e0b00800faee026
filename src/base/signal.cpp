#include "relay/base/signal.hpp"

#include "relay/base/task.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>

namespace relay::base {

namespace asio = boost::asio;

Signal::Signal(const asio::any_io_executor& executor) : timer_(executor) {}

void Signal::notify() {
    notified_ = true;
    timer_.cancel();
}

Task<void> Signal::wait_for(std::chrono::nanoseconds limit) {
    if (!notified_) {
        // An expiry past the clock's range would wrap into the past.
        const auto now = asio::steady_timer::clock_type::now();
        const auto longest = asio::steady_timer::time_point::max() - now;
        timer_.expires_at(now + (limit < longest ? limit : longest));
        boost::system::error_code error;
        co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, error));
        if (error == asio::error::operation_aborted && !notified_) {
            throw boost::system::system_error(error); // the waiter itself was cancelled
        }
    }
    notified_ = false;
}

Task<void> Signal::wait() {
    return wait_for(std::chrono::nanoseconds::max());
}

Task<void> sleep_for(std::chrono::nanoseconds duration) {
    asio::steady_timer timer(co_await asio::this_coro::executor, duration);
    co_await timer.async_wait(asio::use_awaitable);
}

} // namespace relay::base
