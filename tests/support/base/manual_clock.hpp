#pragma once
// A clock that goes on only when nothing else is left to do, and then straight to the next alarm:
// an hour's waiting takes no time, and comes out the same every time.

#include "relay/base/clock.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <utility>

namespace relay::test {

class ManualClock final : public base::Clock {
  public:
    explicit ManualClock(boost::asio::io_context& io) : Clock(io.get_executor()), io_(io) {}

    time_point now() const override { return now_; }
    std::unique_ptr<Alarm> set_alarm(time_point when, std::function<void()> ring) override {
        return std::make_unique<Entry>(alarms_, when, std::move(ring));
    }

    /// A leap: what was to ring meanwhile rings late.
    void advance(std::chrono::nanoseconds duration) { now_ += duration; }

    /// One thing that is ready, or else the next alarm. False: nobody will ever do anything.
    bool step() {
        io_.restart();
        if (io_.poll_one() > 0) {
            return true;
        }
        if (alarms_.empty()) {
            return false;
        }
        Entry& next = *alarms_.begin()->second;
        now_ = std::max(now_, alarms_.begin()->first);
        next.rings();
        return true;
    }

    boost::asio::io_context& io() { return io_; }

  private:
    class Entry;
    using Alarms = std::multimap<time_point, Entry*>;

    class Entry final : public Alarm {
      public:
        Entry(Alarms& alarms, time_point when, std::function<void()> ring)
            : alarms_(alarms), place_(alarms.emplace(when, this)), ring_(std::move(ring)) {}
        ~Entry() override { leave(); }
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;

        void rings() {
            leave();
            ring_();
        }

      private:
        void leave() {
            if (place_ != alarms_.end()) {
                alarms_.erase(std::exchange(place_, alarms_.end()));
            }
        }

        Alarms& alarms_;
        Alarms::iterator place_;
        std::function<void()> ring_;
    };

    boost::asio::io_context& io_;
    /// Late enough for what happened before the test.
    time_point now_{std::chrono::hours(24 * 365)};
    Alarms alarms_;
};

} // namespace relay::test
