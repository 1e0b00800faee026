#pragma once
// A job's row as /status shows it. Source: PROTOCOL section 3.

#include "relay/jobs/store.hpp"

#include <nlohmann/json_fwd.hpp>

namespace relay::http {

nlohmann::json to_json(const jobs::JobView& job);

} // namespace relay::http
