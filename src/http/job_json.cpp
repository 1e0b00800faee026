#include "job_json.hpp"

#include "iso8601.hpp"
#include "relay/jobs/advice.hpp"
#include "relay/jobs/job.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace relay::http {

using nlohmann::json;

json time_or_null(const std::optional<jobs::Timestamp>& time) {
    return time ? json(to_iso8601(*time)) : json(nullptr);
}

// A public client takes any error text with "failed" in it for the end: a live job has none.
json to_json(const jobs::JobView& job, const jobs::Hindrance& hindrance) {
    const bool failed = job.status == jobs::JobStatus::Failed && job.error;
    const auto waits_for = jobs::waiting_for(job, hindrance);
    json error;
    json retryable;
    json hint;
    if (failed) {
        const auto advice = jobs::advice_on(job.error->code);
        error = "withdraw failed: " + job.error->message;
        retryable = advice.retryable;
        hint = advice.hint;
    }
    return {
        {"request_id", job.id.to_string()},
        {"status", to_string(job.status)},
        {"tx_id", job.tx_id ? json(job.tx_id->to_string()) : json(nullptr)},
        {"error", std::move(error)},
        {"error_code", job.error ? json(job.error->code) : json(nullptr)},
        {"retryable", std::move(retryable)},
        {"hint", std::move(hint)},
        {"waiting_for", waits_for.empty() ? json(nullptr) : json(waits_for)},
        {"retry_count", job.retry_count},
        {"next_attempt_at", time_or_null(job.next_attempt_at)},
        {"created_at", to_iso8601(job.created_at)},
        {"started_at", time_or_null(job.started_at)},
        {"updated_at", to_iso8601(job.updated_at)},
        {"completed_at", time_or_null(job.completed_at)},
        {"finished_at", failed ? json(to_iso8601(job.updated_at)) : time_or_null(job.completed_at)},
        {"slot", job.slot ? json(job.slot->value) : json(nullptr)}};
}

} // namespace relay::http
