#pragma once
// A job's row as /status shows it. Source: docs/protocol.md, "GET /status".

#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace relay::http {

/// "2026-01-31T12:34:56.789Z"
std::string to_iso8601(jobs::Timestamp time);

nlohmann::json to_json(const jobs::JobView& job);

} // namespace relay::http
