#include "relay/base/breaker.hpp"

#include <algorithm>

namespace relay::base {

bool Breaker::try_acquire(Clock::time_point now) {
    if (!open_) {
        return true;
    }
    if (now < retry_at_) {
        return false;
    }
    probing_ = true;
    retry_at_ = now + pause_; // a try whose outcome is never told must not shut the door for ever
    return true;
}

void Breaker::succeeded() {
    open_ = false;
    probing_ = false;
    pause_ = policy_.first_pause;
}

void Breaker::failed(Clock::time_point now) {
    const bool counts = !open_ || probing_; // tries that began before it opened say nothing new
    open_ = true;
    probing_ = false;
    if (counts) {
        retry_at_ = now + pause_;
        pause_ = std::min(pause_ * 2, policy_.longest_pause);
    }
}

} // namespace relay::base
