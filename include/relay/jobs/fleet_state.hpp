#pragma once
// What the operator has told every relay of one ledger to do. Values only.

#include "relay/jobs/job.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace relay::jobs {

enum class FleetMode {
    Running,
    /// Withdraws are accepted; no job is claimed. Those in flight go on.
    Paused,
    /// No withdraw is accepted; what was accepted is paid.
    Draining,
};
/// "running", "paused", "draining"
std::string_view to_string(FleetMode mode);
std::optional<FleetMode> parse_fleet_mode(std::string_view text);

struct FleetState {
    FleetMode mode = FleetMode::Running;
    /// The operator's words; empty: none were given.
    std::string reason;
    /// When it ends by itself, by the ledger's clock.
    std::optional<Timestamp> until;
    bool operator==(const FleetState&) const = default;
};

} // namespace relay::jobs
