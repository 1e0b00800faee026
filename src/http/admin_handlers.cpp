#include "relay/http/admin_handlers.hpp"

#include "relay/base/task.hpp"
#include "relay/http/envelope.hpp"
#include "relay/http/health.hpp"
#include "relay/http/message.hpp"
#include "relay/http/router.hpp"
#include "relay/observability/metrics.hpp"

#include <nlohmann/json.hpp>
#include <utility>

namespace relay::http {

AdminHandlers::AdminHandlers(const observability::MetricsRegistry& metrics, const Health& health)
    : metrics_(metrics), health_(health) {}

void AdminHandlers::add_routes(Router& router) {
    router.add(
        {"GET", "/metrics", [this](Request request) { return get_metrics(std::move(request)); }});
    router.add(
        {"GET", "/health/live", [this](Request request) { return get_live(std::move(request)); }});
    router.add({"GET", "/health/ready",
                [this](Request request) { return get_ready(std::move(request)); }});
}

base::Task<Response> AdminHandlers::get_metrics(Request) {
    Response response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = metrics_.text();
    co_return response;
}

base::Task<Response> AdminHandlers::get_live(Request) {
    co_return success(200, {{"status", "alive"}});
}

base::Task<Response> AdminHandlers::get_ready(Request) {
    co_return health_.report();
}

} // namespace relay::http
