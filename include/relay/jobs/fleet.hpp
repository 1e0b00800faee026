#pragma once
// This relay's share in the fleet: learns again and again what the operator has told all relays of
// the ledger, and obeys. Where the ledger is away, what was last known holds.

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/fleet_state.hpp"
#include "relay/jobs/intake.hpp"
#include "relay/jobs/operator_ledger.hpp"
#include "relay/jobs/worker.hpp"
#include "relay/observability/condition.hpp"
#include "relay/observability/logging.hpp"
#include "relay/observability/metrics.hpp"

#include <chrono>
#include <cstdint>

namespace relay::jobs {

class Fleet {
  public:
    /// What it works with; all of it outlives the fleet.
    struct Tools {
        base::Clock& clock;
        OperatorLedger& ledger;
        Intake& intake;
        /// None where this instance runs no jobs.
        Worker* worker;
        observability::MetricsRegistry& metrics;
    };

    /// Twice within the second that a relay may take to obey.
    static constexpr std::chrono::milliseconds kInterval{400};

    explicit Fleet(Tools tools);

    /// Looks at the interval; ends by cancellation only.
    base::Task<void> run();
    /// Asks once, and obeys. Also before the relay serves: a restart changes nothing.
    base::Task<void> look();

    /// What is known here; told at once where it was this relay that was asked to change it.
    const FleetState& state() const { return state_; }
    void obey(FleetState state);

  private:
    Tools tools_;
    observability::Gauge paused_;
    observability::Gauge draining_;
    FleetState state_;
    std::uint64_t obeyed_ = 0;
    observability::Condition unknown_{
        {observability::log_warn, "fleet_unknown",
         "what the operator tells the relays cannot be read: what was last known holds"},
        {"fleet_known", "what the operator tells the relays is read again"}};
};

} // namespace relay::jobs
