#pragma once
// Time, as an argument: what tells it, and what is waited with. The program's goes by itself; a
// test's moves when the test says so, and nothing that waits on it waits in real time.
//
// Sockets do not use it: their limits are those of other machines, see deadlines.hpp.

#include "relay/base/deadlines.hpp"
#include "relay/base/task.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <memory>

namespace relay::base {

/// One executor's, whose coroutines wait on it. Outlives them.
class Clock {
  public:
    /// Monotonic.
    using time_point = std::chrono::steady_clock::time_point;

    /// Rings once, at its time; never after it is gone.
    class Alarm {
      public:
        Alarm() = default;
        virtual ~Alarm() = default;
        Alarm(const Alarm&) = delete;
        Alarm& operator=(const Alarm&) = delete;
    };

    explicit Clock(boost::asio::any_io_executor executor);
    virtual ~Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;

    virtual time_point now() const = 0;
    /// `ring` is called by the executor, not from within; it may destroy no alarm.
    [[nodiscard]] virtual std::unique_ptr<Alarm> set_alarm(time_point when,
                                                           std::function<void()> ring) = 0;

    /// So long from now; a century at most.
    time_point after(std::chrono::nanoseconds duration) const;
    /// Awaits the time; cancellable.
    Task<void> sleep_for(std::chrono::nanoseconds duration);

    const boost::asio::any_io_executor& executor() const { return executor_; }

  private:
    boost::asio::any_io_executor executor_;
};

/// The program's.
class SteadyClock final : public Clock {
  public:
    explicit SteadyClock(const boost::asio::any_io_executor& executor);

    time_point now() const override { return std::chrono::steady_clock::now(); }
    std::unique_ptr<Alarm> set_alarm(time_point when, std::function<void()> ring) override;

  private:
    Deadlines deadlines_;
};

} // namespace relay::base
