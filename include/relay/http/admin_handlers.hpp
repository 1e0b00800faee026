#pragma once
// What the operator's tools may ask, on a listener of its own: GET /metrics, /health/live and
// /health/ready; with the token, where one is set, GET /admin/jobs and POST /admin/worker/pause and
// /admin/worker/resume. Source: docs/protocol.md, "The admin listener".

#include "relay/base/task.hpp"
#include "relay/http/health.hpp"
#include "relay/http/message.hpp"
#include "relay/http/router.hpp"
#include "relay/jobs/batched_ledger.hpp"
#include "relay/jobs/worker.hpp"
#include "relay/observability/metrics.hpp"

#include <optional>
#include <string>

namespace relay::http {

class AdminHandlers {
  public:
    /// What it asks; all outlive the handlers, which outlive the router's use of the routes.
    struct Tools {
        const observability::MetricsRegistry& metrics;
        const Health& health;
        jobs::BatchedLedger& ledger;
        /// None where this instance only accepts withdraws.
        jobs::Worker* worker;
    };

    /// `token`: what /admin asks for as a bearer token; empty: nothing.
    AdminHandlers(Tools tools, std::string token);

    void add_routes(Router& router);

  private:
    base::Task<Response> get_metrics(Request request);
    base::Task<Response> get_live(Request request);
    base::Task<Response> get_ready(Request request);
    base::Task<Response> get_jobs(Request request);
    base::Task<Response> set_paused(Request request, bool paused);
    std::optional<Response> refusal(const Request& request) const;

    Tools tools_;
    std::string token_;
};

} // namespace relay::http
