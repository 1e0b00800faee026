#include "relay/observability/condition.hpp"

#include "relay/observability/logging.hpp"

#include <chrono>
#include <string_view>

namespace relay::observability {

namespace {

constexpr std::chrono::minutes kBetweenLines{1};

} // namespace

void Condition::met(time_point now, std::string_view reason) {
    ++times_;
    if (since_ && now - told_at_ < kBetweenLines) {
        return;
    }
    since_ = since_.value_or(now);
    told_at_ = now;
    beginning_.log(beginning_.event, beginning_.message,
                   {{"reason", reason}, {"times", times_}, {"lasts", now - *since_}});
}

void Condition::over(time_point now) {
    if (since_) {
        log_info(end_.event, end_.message, {{"times", times_}, {"lasted", now - *since_}});
        since_.reset();
        times_ = 0;
    }
}

} // namespace relay::observability
