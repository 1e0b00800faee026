#pragma once
// Who waits for a job's outcome, with the answer to its request held back: a bounded number, so
// that no crowd of them keeps others from being served. A wait is over with the outcome, with its
// time, when its client hangs up, or when the relay shuts down.

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/http/message.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/outcomes.hpp"
#include "relay/observability/metrics.hpp"

#include <chrono>
#include <cstddef>
#include <memory>

namespace relay::http {

class Waiters {
  public:
    /// `most` may wait at once.
    Waiters(base::Clock& clock, jobs::Outcomes& outcomes, std::size_t most,
            observability::MetricsRegistry& metrics);

    /// A place among those who wait, given back when this dies.
    class Waiter {
      public:
        Waiter(Waiters& waiters, const jobs::JobId& id, Connection* connection);
        ~Waiter();
        Waiter(const Waiter&) = delete;
        Waiter& operator=(const Waiter&) = delete;

        /// Until there may be news, and so long at most.
        base::Task<void> wait(std::chrono::nanoseconds limit);
        bool client_is_gone() const;

      private:
        Waiters& waiters_;
        jobs::Outcomes::Waiter outcome_;
        Connection* connection_;
        /// Held while the connection is watched.
        std::shared_ptr<void> watch_;
    };

    /// None where as many wait as may. `connection`: none where it is not known.
    std::unique_ptr<Waiter> admit(const jobs::JobId& id, Connection* connection);

  private:
    base::Clock& clock_;
    jobs::Outcomes& outcomes_;
    std::size_t most_;
    std::size_t waiting_ = 0;
    observability::Gauge waiting_gauge_;
};

} // namespace relay::http
