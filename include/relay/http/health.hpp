#pragma once
// What the relay says of itself. Withdraws are accepted as long as Postgres takes writes and the
// relay is not shutting down: "ok", or "degraded" where something else is away; else "unavailable".

#include "relay/http/message.hpp"
#include "relay/jobs/engine.hpp"
#include "relay/rpc/rpc.hpp"

#include <nlohmann/json_fwd.hpp>

namespace relay::http {

class Health {
  public:
    /// Both outlive this object.
    Health(const jobs::Engine& engine, const rpc::SolanaRpc& rpc) : engine_(engine), rpc_(rpc) {}

    bool shutting_down() const { return engine_.intake().is_closed(); }

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

    const jobs::Engine& engine_;
    const rpc::SolanaRpc& rpc_;
};

} // namespace relay::http
