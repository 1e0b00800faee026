#include "relay/http/admin_handlers.hpp"

#include "relay/base/secret.hpp"
#include "relay/base/task.hpp"
#include "relay/http/envelope.hpp"
#include "relay/http/health.hpp"
#include "relay/http/message.hpp"
#include "relay/http/router.hpp"
#include "relay/observability/metrics.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

namespace relay::http {

AdminHandlers::AdminHandlers(Tools tools, std::string token)
    : tools_(tools), token_(std::move(token)) {}

void AdminHandlers::add_routes(Router& router) {
    router.add(
        {"GET", "/metrics", [this](Request request) { return get_metrics(std::move(request)); }});
    router.add(
        {"GET", "/health/live", [this](Request request) { return get_live(std::move(request)); }});
    router.add({"GET", "/health/ready",
                [this](Request request) { return get_ready(std::move(request)); }});
    router.add(
        {"GET", "/admin/jobs", [this](Request request) { return get_jobs(std::move(request)); }});
    router.add({"POST", "/admin/worker/pause",
                [this](Request request) { return set_paused(std::move(request), true); }});
    router.add({"POST", "/admin/worker/resume",
                [this](Request request) { return set_paused(std::move(request), false); }});
}

std::optional<Response> AdminHandlers::refusal(const Request& request) const {
    if (token_.empty() || base::equal_secrets(request.authorization, "Bearer " + token_)) {
        return std::nullopt;
    }
    auto response =
        failure(401, "unauthorized", "send the admin token: Authorization: Bearer TOKEN");
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
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

base::Task<Response> AdminHandlers::get_jobs(Request request) {
    if (auto refused = refusal(request)) {
        co_return std::move(*refused);
    }
    const auto counts = co_await tools_.ledger.count();
    co_return success(200, {{"queued", counts.queued},
                            {"processing", counts.processing},
                            {"oldest_due_ms", counts.oldest_due.count()}});
}

base::Task<Response> AdminHandlers::set_paused(Request request, bool paused) {
    if (auto refused = refusal(request)) {
        co_return std::move(*refused);
    }
    if (tools_.worker == nullptr) {
        co_return failure(409, "no_worker", "this instance only accepts withdraws");
    }
    tools_.worker->set_paused(paused);
    co_return success(200, {{"worker", paused ? "paused" : "running"},
                            {"in_flight", tools_.worker->in_flight()}});
}

} // namespace relay::http
