#pragma once
// When to leave a failing dependency alone, and when to try it again. Pure: time is an argument.
//
//   Closed   --failure-->  Open      for first_pause, doubled at each further failure
//   Open     --pause over--> one try is let through, and the pause begins anew
//   that try --success-->  Closed    (a failure: Open, with a longer pause)

#include <chrono>

namespace relay::base {

class Breaker {
  public:
    using Clock = std::chrono::steady_clock;

    struct Policy {
        std::chrono::milliseconds first_pause{250};
        std::chrono::milliseconds longest_pause{10'000};
    };

    explicit Breaker(Policy policy) : policy_(policy), pause_(policy.first_pause) {}

    /// Whether a try may go ahead now; the caller then tells its outcome.
    bool try_acquire(Clock::time_point now);
    void succeeded();
    void failed(Clock::time_point now);

    bool is_closed() const { return !open_; }
    /// When the next try will be let through; meaningful while not closed.
    Clock::time_point retry_at() const { return retry_at_; }

  private:
    Policy policy_;
    std::chrono::milliseconds pause_;
    Clock::time_point retry_at_{};
    bool open_ = false;
    bool probing_ = false;
};

} // namespace relay::base
