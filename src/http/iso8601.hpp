#pragma once
// Times as the relay's answers write them and as an operator may: ISO 8601, UTC.

#include "relay/jobs/job.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace relay::http {

/// "2026-01-31T12:34:56.789Z"
std::string to_iso8601(jobs::Timestamp time);
/// "2026-01-31T12:34:56Z", with or without a fraction of a second; of the years 1970 to 9999.
std::optional<jobs::Timestamp> parse_iso8601(std::string_view text);

} // namespace relay::http
