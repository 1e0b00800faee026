#include "relay/http/router.hpp"

#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/http/envelope.hpp"
#include "relay/http/message.hpp"
#include "relay/observability/logging.hpp"

#include <algorithm>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::http {

namespace {

constexpr std::string_view kParameter = "/{";

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

Router::Router(std::vector<std::string> allowed_origins)
    : allowed_origins_(std::move(allowed_origins)) {}

base::Task<Response> Router::handle(Request request) const {
    const auto origin = request.origin;
    const bool is_head = request.method == "HEAD";
    if (is_head) {
        request.method = "GET";
    }
    auto response = co_await dispatch(std::move(request));
    add_cors(origin, response);
    co_return response;
}

base::Task<Response> Router::dispatch(Request request) const {
    std::string allowed;
    for (const auto& route : routes_) {
        auto parameter = match(route.path, request.path);
        if (!parameter) {
            continue;
        }
        if (route.method == request.method) {
            request.parameter = std::move(*parameter);
            co_return co_await guarded(route, std::move(request));
        }
        allowed += (allowed.empty() ? "" : ", ") + route.method;
        if (route.method == "GET") {
            allowed += ", HEAD";
        }
    }
    if (request.path == "*") {
        allowed = "GET, HEAD, POST";
    }
    if (allowed.empty()) {
        co_return failure(404, "not_found", "there is nothing at this path; GET / lists endpoints");
    }
    allowed += ", OPTIONS";
    Response response;
    if (request.method == "OPTIONS") {
        response.status = 204;
    } else {
        response = failure(405, "method_not_allowed", "this path takes " + allowed);
    }
    response.headers.emplace_back("Allow", allowed);
    co_return response;
}

// Awaited at once by dispatch(), over routes that outlive it.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters)
base::Task<Response> Router::guarded(const Route& route, Request request) const {
    try {
        co_return co_await route.handler(std::move(request));
    } catch (const base::Outage& outage) {
        observability::log_warn("request_unavailable", "request answered 503",
                                {{"path", route.path}, {"reason", outage.what()}});
        co_return try_later(503, "unavailable",
                            "the relay's database cannot be reached; nothing was accepted",
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
