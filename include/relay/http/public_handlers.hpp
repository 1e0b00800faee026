#pragma once
// What clients may ask: POST /withdraw, GET /status/{request_id}, /fee, /health and /.
// Source: PROTOCOL section 3.

#include "relay/base/task.hpp"
#include "relay/http/health.hpp"
#include "relay/http/message.hpp"
#include "relay/http/rate_limiter.hpp"
#include "relay/http/router.hpp"
#include "relay/jobs/intake.hpp"
#include "relay/jobs/job_metrics.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/ledger_monitor.hpp"
#include "relay/jobs/withdraw_request.hpp"

#include <cstddef>
#include <string>

namespace relay::http {

class PublicHandlers {
  public:
    struct Tools {
        jobs::Intake& intake;
        jobs::Ledger& ledger;
        jobs::LedgerMonitor& monitor;
        jobs::JobMetrics& metrics;
        const Health& health;
    };

    struct Settings {
        jobs::AdmissionRules rules;
        /// POSTs a second a client address; 0: no limit.
        double rate_limit = 0;
        std::size_t body_bytes = 16UL * 1024;
        std::string version;
    };

    /// The handlers must outlive the router's use of the routes.
    PublicHandlers(Tools tools, Settings settings);

    void add_routes(Router& router);

  private:
    base::Task<Response> post_withdraw(Request request);
    base::Task<Response> get_status(Request request);
    base::Task<Response> get_fee(Request request);
    base::Task<Response> get_root(Request request);
    base::Task<Response> get_health(Request request);

    Tools tools_;
    Settings settings_;
    RateLimiter rate_limiter_;
};

} // namespace relay::http
