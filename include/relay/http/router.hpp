#pragma once
// A table of method, path and handler. A path may hold one "/{name}", which takes one segment.
// Unknown paths answer 404, known ones with another method 405 with Allow; HEAD is GET without its
// body, and OPTIONS answers what is allowed, of "*" what some path allows. Every answer has CORS
// headers for the origins configured.

#include "relay/base/task.hpp"
#include "relay/http/message.hpp"

#include <functional>
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

class Router {
  public:
    /// `allowed_origins` for CORS: exact origins, or "*" alone; empty: none.
    explicit Router(std::vector<std::string> allowed_origins = {});

    void add(Route route) { routes_.push_back(std::move(route)); }

    /// Exceptions of handlers become 500s, outages 503s; cancellation passes through.
    base::Task<Response> handle(Request request) const;
    /// For answers that no route made: those of handle() have the headers already.
    void add_cors(const std::string& origin, Response& response) const;

  private:
    base::Task<Response> dispatch(Request request) const;
    base::Task<Response> guarded(const Route& route, Request request) const;

    std::vector<std::string> allowed_origins_;
    std::vector<Route> routes_;
};

} // namespace relay::http
