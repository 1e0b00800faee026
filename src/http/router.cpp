#include "relay/http/router.hpp"

#include "relay/base/clock.hpp"
#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/http/envelope.hpp"
#include "relay/http/message.hpp"
#include "relay/observability/condition.hpp"
#include "relay/observability/logging.hpp"
#include "relay/observability/metrics.hpp"
#include "request_metrics.hpp"

#include <algorithm>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::http {

namespace {

constexpr std::string_view kParameter = "/{";
constexpr std::string_view kNoRoute = "none";
constexpr std::string_view kNothingAccepted =
    "the relay's database cannot be reached, or refuses writes; nothing was accepted";
constexpr std::string_view kNotRead = "the relay's database cannot be read at this moment";
constexpr std::string_view kWithdraw = "/withdraw";

bool takes_withdraws(const Route& route) {
    return route.method == "POST" && route.path == kWithdraw;
}

/// The parameter's value ("" where the route has none), or nothing where the path is another.
std::optional<std::string> match(std::string_view route, std::string_view path) {
    const auto brace = route.find(kParameter);
    if (brace == std::string_view::npos) {
        return route == path ? std::optional<std::string>("") : std::nullopt;
    }
    const auto prefix = route.substr(0, brace + 1);
    const auto suffix = route.substr(route.find('}') + 1);
    if (!path.starts_with(prefix) || !path.ends_with(suffix) ||
        path.size() <= prefix.size() + suffix.size()) {
        return std::nullopt;
    }
    const auto segment = path.substr(prefix.size(), path.size() - prefix.size() - suffix.size());
    if (segment.contains('/')) {
        return std::nullopt;
    }
    return std::string(segment);
}

} // namespace

Router::Router(base::Clock& clock, observability::MetricsRegistry& metrics,
               const std::string& listener, std::vector<std::string> allowed_origins)
    : clock_(clock),
      metrics_(std::make_unique<RequestMetrics>(metrics, listener)),
      allowed_origins_(std::move(allowed_origins)),
      unavailable_({observability::log_warn, "requests_unavailable", "requests are answered 503"},
                   {"requests_served", "requests are served again"}) {}

Router::~Router() = default;

void Router::add(Route route) {
    if (takes_withdraws(route)) {
        metrics_->expect_withdraws();
    }
    routes_.push_back(std::move(route));
}

base::Task<Response> Router::handle(Request request) {
    const auto began = clock_.now();
    const auto origin = request.origin;
    const auto method = request.method;
    if (request.method == "HEAD") {
        request.method = "GET";
    }
    const Route* route = find(request);
    Response response;
    if (route != nullptr) {
        response = co_await guarded(*route, std::move(request));
    } else {
        response = no_route(request);
    }
    add_cors(origin, response);
    if (route != nullptr && takes_withdraws(*route) && response.status >= 400) {
        metrics_->refused(response.error_code);
    }
    metrics_->answered(route != nullptr ? std::string_view(route->path) : kNoRoute, method,
                       response.status, clock_.now() - began);
    co_return response;
}

Response Router::refuse(const Request& request, Response response) {
    add_cors(request.origin, response);
    if (std::ranges::any_of(routes_, takes_withdraws) && request.method == "POST" &&
        request.path == kWithdraw) {
        metrics_->refused(response.error_code);
    }
    metrics_->answered(kNoRoute, request.method, response.status, std::chrono::nanoseconds(0));
    return response;
}

const Route* Router::find(Request& request) const {
    for (const auto& route : routes_) {
        if (route.method == request.method) {
            if (auto parameter = match(route.path, request.path)) {
                request.parameter = std::move(*parameter);
                return &route;
            }
        }
    }
    return nullptr;
}

/// 404, 405, or the answer to OPTIONS.
Response Router::no_route(const Request& request) const {
    std::string allowed;
    for (const auto& route : routes_) {
        if (match(route.path, request.path)) {
            allowed += (allowed.empty() ? "" : ", ") + route.method;
            allowed += route.method == "GET" ? ", HEAD" : "";
        }
    }
    if (request.path == "*") {
        allowed = "GET, HEAD, POST";
    }
    if (allowed.empty()) {
        return failure(404, "not_found", "there is nothing at this path; GET / lists endpoints");
    }
    allowed += ", OPTIONS";
    Response response;
    if (request.method == "OPTIONS") {
        response.status = 204;
    } else {
        response = failure(405, "method_not_allowed", "this path takes " + allowed);
    }
    response.headers.emplace_back("Allow", allowed);
    return response;
}

// Awaited at once by handle(), over routes that outlive it.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters)
base::Task<Response> Router::guarded(const Route& route, Request request) {
    const bool writes = route.method != "GET";
    try {
        auto response = co_await route.handler(std::move(request));
        unavailable_.over(clock_.now());
        co_return response;
    } catch (const base::Outage& outage) {
        unavailable_.met(clock_.now(), outage.what());
        co_return try_later(503, "unavailable", writes ? kNothingAccepted : kNotRead,
                            std::chrono::seconds(2));
    } catch (const boost::system::system_error&) {
        throw; // cancellation, or the connection's own trouble
    } catch (const std::exception& error) {
        observability::log_error("request_failed", "request answered 500: a fault of the relay",
                                 {{"path", route.path}, {"reason", error.what()}});
        co_return failure(500, "internal_error", "a fault of the relay; it has been logged");
    }
}

void Router::add_cors(const std::string& origin, Response& response) const {
    if (origin.empty() || allowed_origins_.empty()) {
        return;
    }
    const bool any = allowed_origins_.front() == "*";
    if (!any && std::ranges::find(allowed_origins_, origin) == allowed_origins_.end()) {
        return;
    }
    response.headers.emplace_back("Access-Control-Allow-Origin", any ? "*" : origin);
    response.headers.emplace_back("Access-Control-Allow-Methods", "GET, POST, OPTIONS");
    response.headers.emplace_back("Access-Control-Allow-Headers", "Content-Type, X-Request-Id");
    response.headers.emplace_back("Access-Control-Expose-Headers", "Retry-After, X-Request-Id");
    response.headers.emplace_back("Access-Control-Max-Age", "600");
    response.headers.emplace_back("Vary", "Origin");
}

} // namespace relay::http
