#pragma once
// What clients may ask: POST /withdraw, GET /status/{request_id}, /fee, /health and /.
// Source: docs/protocol.md.

#include "relay/base/client_key.hpp"
#include "relay/base/clock.hpp"
#include "relay/base/rate_limiter.hpp"
#include "relay/base/task.hpp"
#include "relay/http/client_address.hpp"
#include "relay/http/health.hpp"
#include "relay/http/message.hpp"
#include "relay/http/router.hpp"
#include "relay/http/waiters.hpp"
#include "relay/jobs/batched_ledger.hpp"
#include "relay/jobs/chain_monitor.hpp"
#include "relay/jobs/fleet.hpp"
#include "relay/jobs/intake.hpp"
#include "relay/jobs/proof_gate.hpp"
#include "relay/withdraw/rules.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace relay::http {

class PublicHandlers {
  public:
    struct Settings {
        withdraw::Rules rules;
        /// POSTs a second a client address; 0: no limit.
        double rate_limit = 0;
        /// Whose word on a client's address is taken.
        std::vector<Network> trusted_proxies;
        std::size_t body_bytes = 16UL * 1024;
        std::string version;
    };

    /// What they ask; all outlive the handlers, which outlive the router's use of the routes.
    struct Tools {
        base::Clock& clock;
        jobs::Intake& intake;
        jobs::BatchedLedger& ledger;
        const Health& health;
        const jobs::ChainMonitor& chain;
        const jobs::Fleet& fleet;
        const jobs::ProofGate& proofs;
        Waiters& waiters;
    };

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
    ClientAddresses clients_;
    base::ClientKeys client_keys_;
    base::RateLimiter rate_limiter_;
};

} // namespace relay::http
