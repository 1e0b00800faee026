#pragma once
// A bound on how many coroutines of the io thread do a thing at once. First come, first served.
// Must outlive its permits and its waiters.

#include "relay/base/deadlines.hpp"
#include "relay/base/task.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

namespace relay::base {

class Semaphore {
  public:
    /// Gives its place back when it dies.
    class Permit {
      public:
        explicit Permit(Semaphore& semaphore) : semaphore_(&semaphore) {}
        Permit(Permit&& other) noexcept : semaphore_(std::exchange(other.semaphore_, nullptr)) {}
        Permit& operator=(Permit&&) = delete;
        ~Permit() {
            if (semaphore_ != nullptr) {
                semaphore_->release();
            }
        }

      private:
        Semaphore* semaphore_;
    };

    Semaphore(boost::asio::any_io_executor executor, std::size_t places);

    Task<Permit> acquire();
    /// Or nothing, when the time is up.
    Task<std::optional<Permit>> acquire_within(Deadlines& deadlines,
                                               Deadlines::Clock::duration limit);
    std::size_t waiting() const { return waiters_.size(); }

  private:
    struct Waiter;

    void release();

    boost::asio::any_io_executor executor_;
    std::size_t free_;
    std::deque<Waiter*> waiters_;
};

} // namespace relay::base
