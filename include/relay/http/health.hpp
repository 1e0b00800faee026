#pragma once
// What the relay says of itself. Withdraws are accepted as long as Postgres takes writes and the
// relay neither drains nor shuts down: "ok", or "degraded" where something else is away; else
// "unavailable".

#include "relay/http/message.hpp"
#include "relay/jobs/engine.hpp"
#include "relay/jobs/fleet.hpp"
#include "relay/rpc/rpc.hpp"

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>

namespace relay::http {

class Health {
  public:
    /// Why the ledger cannot be used yet; none once it can.
    using NotYet = std::function<std::optional<std::string>()>;

    /// All outlive this object.
    Health(const jobs::Engine& engine, const jobs::Fleet& fleet, const rpc::SolanaRpc& rpc,
           NotYet not_yet)
        : engine_(engine), fleet_(fleet), rpc_(rpc), not_yet_(std::move(not_yet)) {}

    bool shutting_down() const { return engine_.intake().is_closed(); }
    /// The relay will shut down in a moment: it still accepts withdraws, but says 503 of itself, so
    /// that balancers send them elsewhere.
    void leave() { leaving_ = true; }

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
    nlohmann::json solana(Audience audience) const;
    nlohmann::json worker(Audience audience) const;

    const jobs::Engine& engine_;
    const jobs::Fleet& fleet_;
    const rpc::SolanaRpc& rpc_;
    NotYet not_yet_;
    bool leaving_ = false;
};

} // namespace relay::http
