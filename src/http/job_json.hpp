#pragma once
// A job's row as /status shows it. Source: docs/protocol.md, "GET /status".

#include "relay/jobs/job.hpp"

#include <nlohmann/json_fwd.hpp>

namespace relay::http {

nlohmann::json to_json(const jobs::JobView& job);

} // namespace relay::http
