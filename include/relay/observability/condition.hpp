#pragma once
// What goes wrong at every call while it lasts: told when it begins, once a minute with how often
// it was met, and when it is over. Not one line a call: a log is read in an outage.
//
//   Condition refused({log_warn, "sends_refused", "no RPC node takes sends"},
//                     {"sends_taken", "an RPC node takes sends again"});
//   refused.met(clock.now(), error.message);   // at each call that fails
//   refused.over(clock.now());                 // at each that does not

#include "relay/observability/logging.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace relay::observability {

class Condition {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    struct Beginning {
        void (*log)(std::string_view event, std::string_view message, Fields fields);
        const char* event;
        const char* message;
    };
    /// Written as info.
    struct End {
        const char* event;
        const char* message;
    };

    /// Which of several has it: a field of its own in each line.
    struct Subject {
        const char* key;
        std::string name;
    };

    Condition(Beginning beginning, End end, std::optional<Subject> subject = {})
        : beginning_(beginning), end_(end), subject_(std::move(subject)) {}

    void met(time_point now, std::string_view reason);
    void over(time_point now);

    bool lasts() const { return since_.has_value(); }

  private:
    Beginning beginning_;
    End end_;
    std::optional<Subject> subject_;
    std::optional<time_point> since_;
    time_point told_at_{};
    std::uint64_t times_ = 0;
};

} // namespace relay::observability
