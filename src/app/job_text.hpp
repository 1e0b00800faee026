#pragma once
// What the admin API tells of jobs, as text for people: tables and facts, times as the API gives
// them. Whatever a member is, or where it is missing, there is a text. Private to app.

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace relay::app {

/// A member as text; "" where it is missing or null.
std::string text_of(const nlohmann::json& object, const char* member);

/// `{jobs, next_cursor}`
std::string jobs_text(const nlohmann::json& page);
/// A job as /status or /admin/jobs tells it, a fact a line; and its lists, where it has them.
std::string job_text(const nlohmann::json& job);
/// `{dry_run, count, jobs, skipped, next_cursor}`
std::string bulk_text(const nlohmann::json& bulk);
/// `{state, reason, until, in_flight}`
std::string fleet_text(const nlohmann::json& fleet);
/// `{changes, next_cursor}`
std::string changes_text(const nlohmann::json& page);
/// What health says of itself and of its parts.
std::string health_text(const nlohmann::json& health);

} // namespace relay::app
