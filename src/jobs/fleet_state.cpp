#include "relay/jobs/fleet_state.hpp"

#include <optional>
#include <string_view>
#include <utility>

namespace relay::jobs {

std::string_view to_string(FleetMode mode) {
    switch (mode) {
        case FleetMode::Running:
            return "running";
        case FleetMode::Paused:
            return "paused";
        case FleetMode::Draining:
            return "draining";
    }
    std::unreachable();
}

std::optional<FleetMode> parse_fleet_mode(std::string_view text) {
    for (const auto mode : {FleetMode::Running, FleetMode::Paused, FleetMode::Draining}) {
        if (text == to_string(mode)) {
            return mode;
        }
    }
    return std::nullopt;
}

} // namespace relay::jobs
