#include "relay/jobs/outcomes.hpp"

#include "relay/base/clock.hpp"
#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/outcome_wire.hpp"
#include "relay/observability/logging.hpp"
#include "relay/observability/metrics.hpp"

#include <chrono>
#include <stop_token>
#include <utility>
#include <vector>

namespace relay::jobs {

namespace {

constexpr std::chrono::milliseconds kLookWhileListening{3'000};
constexpr std::chrono::milliseconds kLookOtherwise{1'000};
constexpr std::chrono::milliseconds kBeforeListeningAgain{1'000};
/// Outcomes of so long are told together: fifty words a second, however many there are.
constexpr std::chrono::milliseconds kGather{20};

} // namespace

Outcomes::Outcomes(base::Clock& clock, base::TaskGroup& tasks, OutcomeWire* wire,
                   observability::MetricsRegistry& metrics)
    : clock_(clock),
      tasks_(tasks),
      wire_(wire),
      listening_gauge_(metrics.gauge("relay_outcomes_listening",
                                     "1 while outcomes at other relays are heard of at once")),
      lost_(clock.executor()) {
    listening_gauge_.set(0);
}

Outcomes::Waiter::Waiter(Outcomes& outcomes, const JobId& id)
    : wake(outcomes.clock_.executor()),
      outcomes_(outcomes),
      entry_(outcomes.waiters_.emplace(id, &wake)) {}

Outcomes::Waiter::~Waiter() {
    outcomes_.waiters_.erase(entry_);
}

base::Task<void> Outcomes::run() {
    struct StopAtEnd {
        std::stop_source source;
        StopAtEnd() = default;
        ~StopAtEnd() { source.request_stop(); }
        StopAtEnd(const StopAtEnd&) = delete;
        StopAtEnd& operator=(const StopAtEnd&) = delete;
    };
    while (wire_ != nullptr) {
        const StopAtEnd stop;
        tasks_.spawn("hear outcomes", listen(stop.source.get_token()));
        co_await lost_.wait();
        co_await clock_.sleep_for(kBeforeListeningAgain);
    }
}

base::Task<void> Outcomes::listen(std::stop_token until) {
    struct LostAtEnd { // however it ends
        Outcomes& outcomes;
        explicit LostAtEnd(Outcomes& all) : outcomes(all) {}
        ~LostAtEnd() {
            outcomes.set_listening(false);
            outcomes.lost_.notify();
        }
        LostAtEnd(const LostAtEnd&) = delete;
        LostAtEnd& operator=(const LostAtEnd&) = delete;
    };
    const LostAtEnd lost(*this);
    const auto hear = [this](const std::vector<JobId>& ids) {
        set_listening(true);
        for (const auto& id : ids) {
            wake(id);
        }
    };
    try {
        co_await wire_->listen(std::move(until), hear);
    } catch (const base::Outage& outage) {
        observability::log_debug("outcomes_not_heard",
                                 "outcomes at other relays are looked for instead of heard of",
                                 {{"reason", outage.what()}});
    }
}

void Outcomes::set_listening(bool listening) {
    listening_ = listening;
    listening_gauge_.set(listening ? 1 : 0);
}

void Outcomes::announce(const JobId& id) {
    wake(id);
    if (wire_ != nullptr) {
        untold_.push_back(id);
        if (!std::exchange(telling_, true)) {
            tasks_.spawn("tell outcomes", tell_others());
        }
    }
}

base::Task<void> Outcomes::tell_others() {
    while (!untold_.empty()) {
        co_await clock_.sleep_for(kGather);
        auto ids = std::exchange(untold_, {});
        try {
            co_await wire_->tell(std::move(ids));
        } catch (const base::Outage& outage) {
            observability::log_debug("outcomes_not_told",
                                     "other relays' waiters look by themselves",
                                     {{"reason", outage.what()}});
        }
    }
    telling_ = false;
}

void Outcomes::wake(const JobId& id) {
    const auto [first, last] = waiters_.equal_range(id);
    for (auto waiter = first; waiter != last; ++waiter) {
        waiter->second->notify();
    }
}

void Outcomes::wake_all() {
    for (const auto& [id, waiter] : waiters_) {
        waiter->notify();
    }
}

std::chrono::milliseconds Outcomes::time_between_looks() const {
    return listening_ ? kLookWhileListening : kLookOtherwise;
}

} // namespace relay::jobs
