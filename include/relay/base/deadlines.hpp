#pragma once
// Time limits of many operations on one timer: a limit set and lifted again costs an entry in a
// map, where a timer of its own costs more than the operation it watches.
// Used on the io thread only; must outlive its guards.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>

namespace relay::base {

class Deadlines {
  public:
    using Clock = std::chrono::steady_clock;

    explicit Deadlines(const boost::asio::any_io_executor& executor);

    /// If it still lives when the time is up, it is expired and `on_expiry` is called, once. That
    /// must end the operation for good (close its socket, say), and destroy no guard itself.
    class Guard {
      public:
        Guard(Deadlines& deadlines, Clock::duration limit, std::function<void()> on_expiry);
        ~Guard();
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;

        bool expired() const { return expired_; }

      private:
        friend class Deadlines;

        Deadlines& deadlines_;
        std::function<void()> on_expiry_;
        std::multimap<Clock::time_point, Guard*>::iterator entry_;
        bool expired_ = false;
    };

  private:
    void arm();
    void expire_due();

    boost::asio::steady_timer timer_;
    std::multimap<Clock::time_point, Guard*> guards_;
    Clock::time_point armed_for_ = Clock::time_point::max();
    /// A wait that has ended may come to its handler only after all this is gone.
    std::shared_ptr<Deadlines*> self_ = std::make_shared<Deadlines*>(this);
};

} // namespace relay::base
