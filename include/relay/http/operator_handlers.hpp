#pragma once
// What an operator asks of jobs and does to them, by the AdminGuard's leave: GET /admin/jobs,
// /admin/jobs/{id} and /admin/dead-letters, and POST .../retry and /discard below that.
// Source: docs/protocol.md, "The admin listener".

#include "relay/base/task.hpp"
#include "relay/http/admin_guard.hpp"
#include "relay/http/message.hpp"
#include "relay/http/router.hpp"
#include "relay/jobs/advice.hpp"
#include "relay/jobs/best_effort_schedule.hpp"
#include "relay/jobs/chain_monitor.hpp"
#include "relay/jobs/fleet.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/operator_ledger.hpp"

#include <string>

namespace relay::http {

/// What keeps jobs from being claimed, as this relay knows it.
jobs::Hindrance hindrance_of(const jobs::ChainMonitor& chain, const jobs::Fleet& fleet);

class OperatorHandlers {
  public:
    /// What it asks; all outlive the handlers, which outlive the router's use of the routes.
    struct Tools {
        const AdminGuard& guard;
        jobs::OperatorLedger& ledger;
        /// Hears of what is due again, and of dead letters that are none any more.
        jobs::BestEffortSchedule& schedule;
        const jobs::ChainMonitor& chain;
        const jobs::Fleet& fleet;
    };

    explicit OperatorHandlers(Tools tools) : tools_(tools) {}

    void add_routes(Router& router);

  private:
    using Handling = base::Task<Response> (OperatorHandlers::*)(Request request);

    base::Task<Response> guarded(Handling handling, Request request);
    base::Task<Response> get_jobs(Request request);
    base::Task<Response> get_job(Request request);
    base::Task<Response> retry(Request request);
    base::Task<Response> discard(Request request);
    base::Task<Response> retry_many(Request request);
    base::Task<jobs::Intervention> retry_one(jobs::JobId id, bool dry_run);

    Tools tools_;
};

} // namespace relay::http
