#include "pace.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace relay::rpc {

void Pace::LastSecond::count(Clock::time_point now) {
    const auto number = part_of(now);
    auto& part = parts_[static_cast<std::size_t>(number) % kParts];
    if (part.number != number) {
        part = {number, 0};
    }
    ++part.calls;
}

std::uint64_t Pace::LastSecond::sum(Clock::time_point now) const {
    const auto oldest = part_of(now) - static_cast<std::int64_t>(kParts);
    std::uint64_t calls = 0;
    for (const auto& part : parts_) {
        calls += part.number > oldest ? part.calls : 0;
    }
    return calls;
}

std::chrono::nanoseconds Pace::wait(Clock::time_point now) const {
    return std::max({next_turn_, rests_until_, now}) - now;
}

std::optional<std::chrono::nanoseconds> Pace::take_turn(Clock::time_point now,
                                                        std::chrono::nanoseconds patience) {
    raise(now);
    const auto until_turn = wait(now);
    if (until_turn > patience) {
        return std::nullopt;
    }
    if (rate_) {
        next_turn_ =
            now + until_turn +
            std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / *rate_));
    }
    return until_turn;
}

void Pace::carried_out(Clock::time_point asked_at, Clock::time_point now) {
    last_second_.count(now);
    if (asked_at >= lowered_at_) {
        carried_out_since_ = true;
        next_rest_ = kFirstRest;
    }
}

void Pace::refused(Clock::time_point asked_at, Clock::time_point now,
                   std::optional<std::chrono::seconds> told) {
    rests_until_ = std::max(rests_until_, now + told.value_or(std::chrono::seconds(0)));
    if (rate_ && asked_at < lowered_at_) {
        return; // it was under way when the rate was lowered, and says nothing new
    }
    if (carried_out_since_) {
        lower(now);
    }
    rests_until_ = std::max<Clock::time_point>(rests_until_, now + next_rest_);
    next_rest_ = std::min(next_rest_ * 2, kLongestRest);
    carried_out_since_ = false;
    lowered_at_ = now;
    raised_at_ = now;
}

void Pace::lower(Clock::time_point now) {
    const auto done = static_cast<double>(last_second_.sum(now));
    refused_rate_ = std::max(rate_.value_or(done), kLeastRate);
    rate_ = std::max(rate_ ? *rate_ * 3 / 4 : done / 2, kLeastRate);
}

void Pace::raise(Clock::time_point now) {
    while (rate_ && now - raised_at_ >= kRaiseInterval) {
        raised_at_ += kRaiseInterval;
        *rate_ += std::max(refused_rate_ / 10, kLeastRaise);
        if (*rate_ >= 2 * refused_rate_ + 2 * kLeastRaise) {
            rate_.reset();
        }
    }
}

} // namespace relay::rpc
