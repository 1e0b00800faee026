#pragma once
// A job's row as /status shows it. Source: docs/protocol.md, "GET /status".

#include "relay/jobs/advice.hpp"
#include "relay/jobs/job.hpp"

#include <nlohmann/json_fwd.hpp>
#include <optional>

namespace relay::http {

nlohmann::json to_json(const jobs::JobView& job, const jobs::Hindrance& hindrance);
/// ISO 8601, or null.
nlohmann::json time_or_null(const std::optional<jobs::Timestamp>& time);

} // namespace relay::http
