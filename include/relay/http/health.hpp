#pragma once
// What the relay says of itself. Withdraws are accepted as long as Postgres answers and the relay
// is not shutting down: "ok", or "degraded" where something else is away; else "unavailable".

#include "relay/http/message.hpp"
#include "relay/jobs/chain_monitor.hpp"
#include "relay/jobs/ledger_monitor.hpp"
#include "relay/jobs/scheduler.hpp"
#include "relay/jobs/worker.hpp"

namespace relay::http {

class Health {
  public:
    /// `worker` is null in an API-only instance. All outlive this object.
    Health(const jobs::LedgerMonitor& ledger, const jobs::Scheduler& scheduler,
           const jobs::ChainMonitor& chain, const jobs::Worker* worker);

    bool accepts_withdraws() const;
    bool shutting_down() const { return shutting_down_; }
    void begin_shutdown() { shutting_down_ = true; }

    /// The body of GET /health: {status, postgres, redis, solana, worker}, each with its state and
    /// why; 200 where withdraws are accepted, else 503.
    Response report() const;

  private:
    const jobs::LedgerMonitor& ledger_;
    const jobs::Scheduler& scheduler_;
    const jobs::ChainMonitor& chain_;
    const jobs::Worker* worker_;
    bool shutting_down_ = false;
};

} // namespace relay::http
