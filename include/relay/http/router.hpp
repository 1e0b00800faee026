#pragma once
// A table of method, path and handler. A path may hold one "/{name}", which takes one segment.
// Unknown paths answer 404, known ones with another method 405 with Allow; HEAD is GET without its
// body, and OPTIONS answers what is allowed, of "*" what some path allows. Every answer has CORS
// headers for the origins configured.

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/http/message.hpp"
#include "relay/observability/condition.hpp"
#include "relay/observability/metrics.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace relay::http {

using Handler = std::function<base::Task<Response>(Request)>;

struct Route {
    std::string method;
    std::string path;
    Handler handler;
};

class RequestMetrics;

class Router {
  public:
    /// `listener`: its name in metrics. `allowed_origins` for CORS: exact origins, or "*" alone;
    /// empty: none.
    Router(base::Clock& clock, observability::MetricsRegistry& metrics, const std::string& listener,
           std::vector<std::string> allowed_origins = {});
    ~Router();
    Router(const Router&) = delete;
    Router& operator=(const Router&) = delete;

    void add(Route route);

    /// Exceptions of handlers become 500s, outages 503s; cancellation passes through.
    base::Task<Response> handle(Request request);
    /// The answer to what could not be read whole, or is none: with what every answer has.
    Response refuse(const Request& request, Response response);

  private:
    const Route* find(Request& request) const;
    Response no_route(const Request& request) const;
    base::Task<Response> guarded(const Route& route, Request request);
    void add_cors(const std::string& origin, Response& response) const;

    base::Clock& clock_;
    std::unique_ptr<RequestMetrics> metrics_;
    std::vector<std::string> allowed_origins_;
    std::vector<Route> routes_;
    observability::Condition unavailable_;
};

} // namespace relay::http
