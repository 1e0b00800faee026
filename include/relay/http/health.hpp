#pragma once
// What the relay says of itself. Withdraws are accepted as long as Postgres answers and the relay
// is not shutting down: "ok", or "degraded" where something else is away; else "unavailable".

#include "relay/http/message.hpp"
#include "relay/jobs/chain_monitor.hpp"
#include "relay/jobs/ledger_monitor.hpp"
#include "relay/jobs/scheduler.hpp"
#include "relay/jobs/worker.hpp"
#include "relay/rpc/rpc.hpp"

#include <nlohmann/json_fwd.hpp>

namespace relay::http {

class Health {
  public:
    /// All outlive this object.
    struct Parts {
        const jobs::LedgerMonitor& ledger;
        const jobs::Scheduler& scheduler;
        const jobs::ChainMonitor& chain;
        const rpc::SolanaRpc& rpc;
        /// Null in an API-only instance.
        const jobs::Worker* worker;
    };

    explicit Health(Parts parts) : parts_(parts) {}

    bool shutting_down() const { return shutting_down_; }
    void begin_shutdown() { shutting_down_ = true; }

    enum class Audience {
        /// Hears of no paths, hosts or users.
        Stranger,
        /// Hears everything.
        Operator,
    };
    /// {status, postgres, redis, solana, worker}, each with its state and why; 200 where withdraws
    /// are accepted, else 503.
    Response report(Audience audience) const;

  private:
    bool accepts_withdraws() const;
    nlohmann::json solana(Audience audience) const;

    Parts parts_;
    bool shutting_down_ = false;
};

} // namespace relay::http
