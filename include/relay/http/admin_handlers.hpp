#pragma once
// What the operator's tools may ask, on a listener of its own: GET /metrics, /health/live and
// /health/ready. Source: PROTOCOL section 4.

#include "relay/base/task.hpp"
#include "relay/http/health.hpp"
#include "relay/http/message.hpp"
#include "relay/http/router.hpp"
#include "relay/observability/metrics.hpp"

namespace relay::http {

class AdminHandlers {
  public:
    /// Both outlive the handlers, which outlive the router's use of the routes.
    AdminHandlers(const observability::MetricsRegistry& metrics, const Health& health);

    void add_routes(Router& router);

  private:
    base::Task<Response> get_metrics(Request request);
    base::Task<Response> get_live(Request request);
    base::Task<Response> get_ready(Request request);

    const observability::MetricsRegistry& metrics_;
    const Health& health_;
};

} // namespace relay::http
