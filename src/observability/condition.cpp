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
    const auto lasts = now - *since_;
    if (subject_) {
        beginning_.log(beginning_.event, beginning_.message,
                       {{subject_->key, subject_->name},
                        {"reason", reason},
                        {"times", times_},
                        {"lasts", lasts}});
    } else {
        beginning_.log(beginning_.event, beginning_.message,
                       {{"reason", reason}, {"times", times_}, {"lasts", lasts}});
    }
}

void Condition::over(time_point now) {
    if (!since_) {
        return;
    }
    const auto lasted = now - *since_;
    if (subject_) {
        log_info(end_.event, end_.message,
                 {{subject_->key, subject_->name}, {"times", times_}, {"lasted", lasted}});
    } else {
        log_info(end_.event, end_.message, {{"times", times_}, {"lasted", lasted}});
    }
    since_.reset();
    times_ = 0;
}

} // namespace relay::observability
