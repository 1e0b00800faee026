#include "relay/base/semaphore.hpp"

#include "relay/base/deadlines.hpp"
#include "relay/base/task.hpp"
#include "relay/base/wake_up.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

namespace relay::base {

// A waiter that is cancelled leaves the queue; one that was given a place as it was cancelled hands
// the place on.
struct Semaphore::Waiter {
    Semaphore& semaphore;
    WakeUp turn;
    bool granted = false;
    bool taken = false;

    explicit Waiter(Semaphore& owner) : semaphore(owner), turn(owner.executor_) {
        semaphore.waiters_.push_back(this);
    }
    ~Waiter() {
        if (!granted) {
            // NOLINTNEXTLINE(misc-include-cleaner): declared in <deque>
            std::erase(semaphore.waiters_, this);
        } else if (!taken) {
            semaphore.release();
        }
    }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    Permit take() {
        taken = true;
        return Permit(semaphore);
    }
};

Semaphore::Semaphore(boost::asio::any_io_executor executor, std::size_t places)
    : executor_(std::move(executor)), free_(places) {}

Task<Semaphore::Permit> Semaphore::acquire() {
    if (free_ > 0) {
        --free_;
        co_return Permit(*this);
    }
    Waiter waiter(*this);
    co_await waiter.turn.wait();
    co_return waiter.take();
}

// The deadlines outlive the caller, who awaits this.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters)
Task<std::optional<Semaphore::Permit>> Semaphore::acquire_within(Deadlines& deadlines,
                                                                 Deadlines::Clock::duration limit) {
    if (free_ > 0) {
        --free_;
        co_return Permit(*this);
    }
    Waiter waiter(*this);
    const Deadlines::Guard guard(deadlines, limit, [&waiter] { waiter.turn.notify(); });
    co_await waiter.turn.wait();
    if (!waiter.granted) {
        co_return std::nullopt;
    }
    co_return waiter.take();
}

void Semaphore::release() {
    if (waiters_.empty()) {
        ++free_;
        return;
    }
    Waiter* next = waiters_.front();
    waiters_.pop_front();
    next->granted = true;
    next->turn.notify();
}

} // namespace relay::base
