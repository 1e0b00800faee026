#include "relay/jobs/fleet.hpp"

#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/fleet_state.hpp"
#include "relay/observability/logging.hpp"

#include <utility>

namespace relay::jobs {

Fleet::Fleet(Tools tools)
    : tools_(tools),
      paused_(tools.metrics.gauge("relay_worker_paused",
                                  "1 while the operator has the relays claim no job")),
      draining_(tools.metrics.gauge("relay_worker_draining",
                                    "1 while the operator has the relays accept no withdraw")) {}

base::Task<void> Fleet::run() {
    for (;;) {
        co_await look();
        co_await tools_.clock.sleep_for(kInterval);
    }
}

base::Task<void> Fleet::look() {
    const auto obeyed_before = obeyed_;
    try {
        auto state = co_await tools_.ledger.fleet();
        if (obeyed_ == obeyed_before) { // else it may be from before what was obeyed meanwhile
            obey(std::move(state));
        }
        unknown_.over(tools_.clock.now());
    } catch (const base::Outage& outage) { // what was last known holds
        unknown_.met(tools_.clock.now(), outage.what());
    }
}

void Fleet::obey(FleetState state) {
    ++obeyed_;
    const bool changed = state != state_;
    state_ = std::move(state);
    const bool is_paused = state_.mode == FleetMode::Paused;
    const bool is_draining = state_.mode == FleetMode::Draining;
    tools_.intake.set_draining(is_draining);
    if (tools_.worker != nullptr && changed) {
        tools_.worker->set_paused(is_paused);
    }
    paused_.set(is_paused ? 1 : 0);
    draining_.set(is_draining ? 1 : 0);
    if (changed) {
        observability::log_info("fleet_changed", "the operator has changed what the relays do",
                                {{"state", to_string(state_.mode)}, {"reason", state_.reason}});
    }
}

} // namespace relay::jobs
