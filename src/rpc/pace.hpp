#pragma once
// How often a node may be asked one thing, learnt from its refusals. Pure: time is an argument.
//
// Until the first refusal there is no limit. It teaches a rate, half of what was carried out in the
// second before, and from then on calls have turns, evenly spread. Each refusal lowers the rate by
// a quarter; each five seconds without one raise it by a tenth of what was refused, by one call a
// second at least. So it settles just under what the node allows; well above twice what was
// refused there is no limit any more. Refusals that follow each other with nothing carried out
// between them, as where a day's quota is used up, teach no rate: they lengthen the rest that each
// refusal begins with.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace relay::rpc {

class Pace {
  public:
    using Clock = std::chrono::steady_clock;

    /// No rate is lower, in calls a second.
    static constexpr double kLeastRate = 1;
    /// What is refused while little is asked teaches little: it is soon tried and soon forgotten.
    static constexpr double kLeastRaise = 1;
    static constexpr std::chrono::milliseconds kFirstRest{250};
    static constexpr std::chrono::milliseconds kLongestRest{5'000};
    static constexpr std::chrono::seconds kRaiseInterval{5};

    /// How long a call has to wait for its turn, which it takes; none where that is longer than
    /// `patience`: then it takes none.
    std::optional<std::chrono::nanoseconds> take_turn(Clock::time_point now,
                                                      std::chrono::nanoseconds patience);
    /// How long the next call would have to wait.
    std::chrono::nanoseconds wait(Clock::time_point now) const;
    /// After a refusal nobody asks for a while, not even who has a turn.
    bool rests(Clock::time_point now) const { return now < rests_until_; }

    void carried_out(Clock::time_point asked_at, Clock::time_point now);
    /// `told`: how long the node asked to be left alone.
    void refused(Clock::time_point asked_at, Clock::time_point now,
                 std::optional<std::chrono::seconds> told);

    /// In calls a second; none: no limit is known.
    std::optional<double> rate() const { return rate_; }

  private:
    /// What was carried out in the last second, by tenths of one.
    class LastSecond {
      public:
        void count(Clock::time_point now);
        std::uint64_t sum(Clock::time_point now) const;

      private:
        static constexpr std::chrono::milliseconds kPart{100};
        static constexpr std::size_t kParts = 10;
        static std::int64_t part_of(Clock::time_point now) {
            return now.time_since_epoch() / kPart;
        }

        struct Part {
            std::int64_t number = -1;
            std::uint64_t calls = 0;
        };
        std::array<Part, kParts> parts_;
    };

    void lower(Clock::time_point now);
    void raise(Clock::time_point now);

    LastSecond last_second_;
    std::optional<double> rate_;
    /// What was refused when the rate was last lowered.
    double refused_rate_ = 0;
    Clock::time_point raised_at_{};
    Clock::time_point next_turn_{};
    Clock::time_point lowered_at_{};
    Clock::time_point rests_until_{};
    std::chrono::milliseconds next_rest_ = kFirstRest;
    bool carried_out_since_ = true;
};

} // namespace relay::rpc
