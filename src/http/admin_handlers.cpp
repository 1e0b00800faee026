#include "relay/http/admin_handlers.hpp"

#include "iso8601.hpp"
#include "job_query.hpp"
#include "operator_json.hpp"
#include "relay/base/error.hpp"
#include "relay/base/strict_json.hpp"
#include "relay/base/task.hpp"
#include "relay/http/envelope.hpp"
#include "relay/http/health.hpp"
#include "relay/http/message.hpp"
#include "relay/http/router.hpp"
#include "relay/jobs/fleet_state.hpp"
#include "relay/observability/metrics.hpp"

#include <algorithm>
#include <cstddef>
#include <expected>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace relay::http {

using nlohmann::json;

namespace {

constexpr std::size_t kLongestReason = 200;

bool is_reason(std::string_view text) {
    return text.size() <= kLongestReason &&
           std::ranges::none_of(text, [](unsigned char letter) { return letter < ' '; });
}

/// {"reason":...,"until":...}, each optional; or no body at all.
base::Result<jobs::FleetState, Response> read_state(const std::string& body, jobs::FleetMode mode) {
    const auto document = base::parse_strict_json(body.empty() ? "{}" : body);
    if (!document || !document->is_object()) {
        return std::unexpected(failure(400, "invalid_json",
                                       "The body must be a JSON object, or empty.", {},
                                       R"(Send {"reason":"...","until":"2026-01-31T12:00:00Z"}.)"));
    }
    jobs::FleetState state;
    state.mode = mode;
    for (const auto& [name, value] : document->items()) {
        const auto* text = value.get_ptr<const std::string*>();
        if (name != "reason" && name != "until") {
            return std::unexpected(failure(400, "invalid_field",
                                           "A member of the body is not known here.",
                                           std::string_view(name).substr(0, kLongestReason),
                                           "Leave it out; known are reason and until."));
        }
        if (value.is_null()) {
            continue;
        }
        if (name == "reason") {
            if (text == nullptr || !is_reason(*text)) {
                return std::unexpected(bad_field(name, "must be one line of at most 200 bytes"));
            }
            state.reason = *text;
            continue;
        }
        state.until = text != nullptr ? parse_iso8601(*text) : std::nullopt;
        if (!state.until || mode == jobs::FleetMode::Running) {
            return std::unexpected(bad_field(name,
                                             mode == jobs::FleetMode::Running
                                                 ? "is for pause and drain: a resume has no end"
                                                 : "must be a time of ISO 8601 in UTC, or null",
                                             "Such as 2026-01-31T12:00:00Z."));
        }
    }
    return state;
}

} // namespace

void AdminHandlers::add_routes(Router& router) {
    router.add(
        {"GET", "/metrics", [this](Request request) { return get_metrics(std::move(request)); }});
    router.add(
        {"GET", "/health/live", [this](Request request) { return get_live(std::move(request)); }});
    router.add({"GET", "/health/ready",
                [this](Request request) { return get_ready(std::move(request)); }});
    router.add(
        {"GET", "/admin/audit", [this](Request request) { return get_audit(std::move(request)); }});
    const auto add_mode = [&](const char* path, jobs::FleetMode mode) {
        router.add({"POST", path,
                    [this, mode](Request request) { return set_mode(std::move(request), mode); }});
    };
    add_mode("/admin/worker/pause", jobs::FleetMode::Paused);
    add_mode("/admin/worker/resume", jobs::FleetMode::Running);
    add_mode("/admin/worker/drain", jobs::FleetMode::Draining);
}

base::Task<Response> AdminHandlers::get_metrics(Request) {
    Response response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = tools_.metrics.text();
    co_return response;
}

base::Task<Response> AdminHandlers::get_live(Request) {
    co_return success(200, {{"status", "alive"}});
}

base::Task<Response> AdminHandlers::get_ready(Request) {
    co_return tools_.health.report(Health::Audience::Operator);
}

base::Task<Response> AdminHandlers::get_audit(Request request) {
    if (auto refused = tools_.guard.refusal(request)) {
        co_return std::move(*refused);
    }
    const auto query = read_number_query(request.query);
    if (!query) {
        co_return query.error();
    }
    const auto page = co_await tools_.ledger.changes(query->before, query->limit);
    json changes = json::array();
    for (const auto& change : page.changes) {
        changes.push_back(to_json(change));
    }
    co_return success(200,
                      {{"changes", std::move(changes)},
                       {"next_cursor", page.next ? json(std::to_string(*page.next)) : json()}});
}

/// For every relay of the ledger; this one obeys at once.
base::Task<Response> AdminHandlers::set_mode(Request request, jobs::FleetMode mode) {
    if (auto refused = tools_.guard.refusal(request)) {
        co_return std::move(*refused);
    }
    auto state = read_state(request.body, mode);
    if (!state) {
        co_return std::move(state.error());
    }
    auto now = co_await tools_.ledger.set_fleet(std::move(*state), std::string(tools_.guard.who()));
    auto told = fleet_json(now);
    tools_.fleet.obey(std::move(now));
    told["worker"] = told["state"];
    told["in_flight"] = tools_.worker != nullptr ? tools_.worker->in_flight() : 0;
    co_return success(200, told);
}

} // namespace relay::http
