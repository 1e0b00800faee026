#pragma once
// What the operator's tools may ask, on a listener of its own: GET /metrics, /health/live and
// /health/ready; and, by the AdminGuard's leave, POST /admin/worker/pause, /resume and /drain and
// GET /admin/audit. Source: docs/protocol.md, "The admin listener".

#include "relay/base/task.hpp"
#include "relay/http/admin_guard.hpp"
#include "relay/http/health.hpp"
#include "relay/http/message.hpp"
#include "relay/http/router.hpp"
#include "relay/jobs/fleet.hpp"
#include "relay/jobs/fleet_state.hpp"
#include "relay/jobs/operator_ledger.hpp"
#include "relay/jobs/worker.hpp"
#include "relay/observability/metrics.hpp"

namespace relay::http {

class AdminHandlers {
  public:
    /// What it asks; all outlive the handlers, which outlive the router's use of the routes.
    struct Tools {
        const AdminGuard& guard;
        const observability::MetricsRegistry& metrics;
        const Health& health;
        jobs::OperatorLedger& ledger;
        jobs::Fleet& fleet;
        /// None where this instance only accepts withdraws.
        const jobs::Worker* worker;
    };

    explicit AdminHandlers(Tools tools) : tools_(tools) {}

    void add_routes(Router& router);

  private:
    base::Task<Response> get_metrics(Request request);
    base::Task<Response> get_live(Request request);
    base::Task<Response> get_ready(Request request);
    base::Task<Response> get_audit(Request request);
    base::Task<Response> set_mode(Request request, jobs::FleetMode mode);

    Tools tools_;
};

} // namespace relay::http
