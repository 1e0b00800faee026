#include "relay/base/deadlines.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <utility>

namespace relay::base {

Deadlines::Deadlines(const boost::asio::any_io_executor& executor) : timer_(executor) {}

Deadlines::Guard::Guard(Deadlines& deadlines, Clock::duration limit,
                        std::function<void()> on_expiry)
    : deadlines_(deadlines),
      on_expiry_(std::move(on_expiry)),
      entry_(deadlines.guards_.emplace(Clock::now() + limit, this)) {
    deadlines_.arm();
}

Deadlines::Guard::~Guard() {
    if (!expired_) {
        deadlines_.guards_.erase(entry_);
        if (deadlines_.guards_.empty()) {
            deadlines_.arm();
        }
    }
}

// The timer may be set for a guard that is gone: it then finds nothing due and is set anew, which
// is cheaper than setting it anew for each guard that goes.
void Deadlines::arm() {
    if (guards_.empty()) { // nothing may keep the io_context running
        armed_for_ = Clock::time_point::max();
        timer_.cancel();
        return;
    }
    const auto first = guards_.begin()->first;
    if (armed_for_ <= first) {
        return;
    }
    armed_for_ = first;
    timer_.expires_at(first);
    timer_.async_wait([self = std::weak_ptr(self_)](const boost::system::error_code& error) {
        const auto deadlines = self.lock();
        if (!error && deadlines) {
            (*deadlines)->expire_due();
        }
    });
}

void Deadlines::expire_due() {
    armed_for_ = Clock::time_point::max();
    const auto now = Clock::now();
    while (!guards_.empty() && guards_.begin()->first <= now) {
        Guard& guard = *guards_.begin()->second;
        guards_.erase(guards_.begin());
        guard.expired_ = true;
        guard.on_expiry_();
    }
    arm();
}

} // namespace relay::base
