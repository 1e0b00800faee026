#pragma once
// What an operator is told of jobs and changes, as JSON. Source: docs/protocol.md, "The admin
// listener".

#include "relay/jobs/advice.hpp"
#include "relay/jobs/fleet_state.hpp"
#include "relay/jobs/operator_ledger.hpp"

#include <nlohmann/json_fwd.hpp>

namespace relay::http {

/// What /status says, the nullifier, the last error also of a live job, and what operators did.
nlohmann::json to_json(const jobs::ListedJob& job, const jobs::Hindrance& hindrance);
nlohmann::json to_json(const jobs::JobPage& page, const jobs::Hindrance& hindrance);
/// With the history, the transactions, and one timeline of all that happened.
nlohmann::json to_json(const jobs::JobRecord& record, const jobs::Hindrance& hindrance);
nlohmann::json to_json(const jobs::Change& change);
/// {state, reason, until}
nlohmann::json fleet_json(const jobs::FleetState& state);

} // namespace relay::http
