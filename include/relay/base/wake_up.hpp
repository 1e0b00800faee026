#pragma once
// Two ways for one coroutine of the io thread to wake another. Neither may be touched from another
// thread; each must outlive its waiters.

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <optional>
#include <utility>

namespace relay::base {

/// A level that wakes one waiter: notify() before the wait is not lost, several count once.
class WakeUp {
  public:
    explicit WakeUp(const boost::asio::any_io_executor& executor);

    void notify();
    /// Returns at the next notify(). One waiter at a time.
    Task<void> wait();
    /// Or when the time is up. Costs an alarm, which wait() does not.
    Task<void> wait_for(Clock& clock, std::chrono::nanoseconds limit);

  private:
    Task<void> sleep();
    void wake(boost::system::error_code error);

    boost::asio::any_io_executor executor_;
    std::move_only_function<void(boost::system::error_code)> sleeper_;
    /// A sleeper keeps the io_context running, as every operation does.
    std::optional<boost::asio::executor_work_guard<boost::asio::any_io_executor>> work_;
    bool notified_ = false;
};

/// A value, or an exception, that arrives once. One waiter.
template <class T>
class OneShot {
  public:
    explicit OneShot(const boost::asio::any_io_executor& executor) : signal_(executor) {}

    void set(T value) {
        value_ = std::move(value);
        signal_.notify();
    }

    void fail(std::exception_ptr failure) {
        failure_ = std::move(failure);
        signal_.notify();
    }

    Task<T> get() {
        co_await signal_.wait();
        if (failure_) {
            std::rethrow_exception(failure_);
        }
        co_return std::move(*value_); // NOLINT(bugprone-unchecked-optional-access): set, or failed
    }

  private:
    WakeUp signal_;
    std::optional<T> value_;
    std::exception_ptr failure_;
};

} // namespace relay::base
