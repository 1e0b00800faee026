#pragma once
// Relays tell each other of outcomes by NOTIFY and LISTEN, on two connections of their own.

#include "relay/jobs/outcome_wire.hpp"
#include "relay/postgres/settings.hpp"

#include <memory>

namespace relay::postgres {

/// Connects at the first call.
std::unique_ptr<jobs::OutcomeWire> make_outcome_wire(const Settings& settings);

} // namespace relay::postgres
