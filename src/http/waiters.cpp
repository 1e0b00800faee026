#include "relay/http/waiters.hpp"

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/http/message.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/outcomes.hpp"
#include "relay/observability/metrics.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>

namespace relay::http {

Waiters::Waiters(base::Clock& clock, jobs::Outcomes& outcomes, std::size_t most,
                 observability::MetricsRegistry& metrics)
    : clock_(clock),
      outcomes_(outcomes),
      most_(most),
      waiting_gauge_(metrics.gauge("relay_http_waiters",
                                   "Requests that wait for a job's outcome, /status?wait")) {
    waiting_gauge_.set(0);
    metrics.gauge("relay_http_waiters_max", "Requests that may wait for a job's outcome at once")
        .set(static_cast<double>(most));
}

std::unique_ptr<Waiters::Waiter> Waiters::admit(const jobs::JobId& id, Connection* connection) {
    return waiting_ < most_ ? std::make_unique<Waiter>(*this, id, connection) : nullptr;
}

Waiters::Waiter::Waiter(Waiters& waiters, const jobs::JobId& id, Connection* connection)
    : waiters_(waiters), outcome_(waiters.outcomes_, id), connection_(connection) {
    waiters_.waiting_gauge_.set(static_cast<double>(++waiters_.waiting_));
    if (connection_ != nullptr) {
        watch_ = connection_->on_arrival([this] { outcome_.wake.notify(); });
    }
}

Waiters::Waiter::~Waiter() {
    waiters_.waiting_gauge_.set(static_cast<double>(--waiters_.waiting_));
}

base::Task<void> Waiters::Waiter::wait(std::chrono::nanoseconds limit) {
    return outcome_.wake.wait_for(
        waiters_.clock_,
        std::min<std::chrono::nanoseconds>(limit, waiters_.outcomes_.time_between_looks()));
}

bool Waiters::Waiter::client_is_gone() const {
    return connection_ != nullptr && connection_->is_closed();
}

} // namespace relay::http
