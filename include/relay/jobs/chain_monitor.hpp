#pragma once
// Whether the chain can be used right now: asks for a blockhash and the payer's balance again and
// again, and hears from the jobs how their calls fared. How many jobs may be claimed meanwhile:
//
//   None        the RPC cannot be used, or the payer is low; it is probed with growing pauses
//   OneAtATime  the probe succeeded, but sends had failed: until a send succeeds
//   Any         all is well: as many as the worker has room for
//
// Jobs in flight go on whatever it says. A node that limits our rate stops nothing: it is asked
// more slowly.

#include "relay/base/breaker.hpp"
#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/observability/condition.hpp"
#include "relay/observability/logging.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/blockhash_cache.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/units.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace relay::jobs {

class ChainMonitor {
  public:
    struct Settings {
        solana::Pubkey payer;
        solana::Lamports min_balance;
        /// Between probes while all is well.
        std::chrono::milliseconds interval{5'000};
        /// Between jobs that try out whether sends are taken again.
        std::chrono::milliseconds trial_interval{1'000};
    };

    /// `usable` is notified when claims may go on.
    ChainMonitor(base::Clock& clock, Settings settings, rpc::SolanaRpc& rpc,
                 rpc::BlockhashCache& blockhashes, observability::MetricsRegistry& metrics,
                 base::WakeUp& usable);

    /// Probes; ends by cancellation only.
    base::Task<void> run();

    enum class Claiming { None, OneAtATime, Any };
    Claiming claiming() const;
    /// How many of `wanted` jobs may be claimed now.
    std::size_t allowed(std::size_t wanted);

    /// From the jobs: a node took a transaction; a call failed that a job needed.
    void report_sent();
    void report_outage(const std::string& reason);

    /// Why the RPC cannot be used; none while it can.
    const std::optional<std::string>& rpc_trouble() const { return rpc_trouble_; }
    /// The last one known, also while the RPC is away.
    std::optional<solana::Lamports> balance() const { return balance_; }
    /// Every node has limited our rate for a while: jobs go on, as fast as that allows.
    bool limited() const;
    bool payer_low() const { return balance_ && *balance_ < settings_.min_balance; }

  private:
    base::Task<void> probe();
    void tell_of_balance(solana::Lamports balance);
    void shut(const std::string& reason);
    std::chrono::nanoseconds pause() const;

    base::Clock& clock_;
    Settings settings_;
    rpc::SolanaRpc& rpc_;
    rpc::BlockhashCache& blockhashes_;
    base::WakeUp& usable_;
    observability::Gauge balance_gauge_;
    observability::Gauge up_gauge_;
    base::WakeUp wake_;
    base::Breaker breaker_;
    std::optional<std::string> rpc_trouble_;
    bool sends_failed_ = false;
    std::optional<base::Clock::time_point> limited_since_;
    base::Clock::time_point next_trial_{};
    std::optional<solana::Lamports> balance_;
    observability::Condition away_{
        {observability::log_warn, "rpc_away", "the Solana RPC cannot be used: no job is claimed"},
        {"rpc_back", "the Solana RPC answers again"}};
    observability::Condition payer_low_{{observability::log_error, "payer_low",
                                         "the payer is low: no job is claimed until it is funded"},
                                        {"payer_funded", "the payer is funded"}};
    observability::Condition slowed_{
        {observability::log_warn, "rpc_limited", "every RPC node limits the relay's rate"},
        {"rpc_not_limited", "the RPC nodes take calls at the relay's pace again"}};
};

} // namespace relay::jobs
