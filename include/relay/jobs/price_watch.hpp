#pragma once
// Keeps what a compute unit costs at hand, for all withdraws: one loop asks for it, two slots apart
// while transactions are signed and slowly else. What is known is one node's word, which costs the
// cap at most. While no node can say, the floor is bid.

#include "relay/base/clock.hpp"
#include "relay/base/semaphore.hpp"
#include "relay/base/task.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/jobs/price_view.hpp"
#include "relay/observability/condition.hpp"
#include "relay/observability/logging.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/units.hpp"

#include <chrono>
#include <optional>
#include <vector>

namespace relay::jobs {

/// The code of a job that waits until its price is one that the operator pays.
inline constexpr const char* kPriceAboveCap = "price_above_cap";

class PriceWatch {
  public:
    struct Settings {
        PriceView::Rules rules;
        /// Between looks while there is work: two slots, and no less than this.
        std::chrono::milliseconds busy_interval{400};
        std::chrono::milliseconds idle_interval{10'000};
        /// How long a signature is work.
        std::chrono::milliseconds work_lasts{10'000};
    };

    /// `contended`: the accounts that all withdraws write to. The rest outlives the watch.
    PriceWatch(Settings settings, std::vector<solana::Pubkey> contended, base::Clock& clock,
               rpc::SolanaRpc& rpc, observability::MetricsRegistry& metrics);

    /// Looks again and again; ends by cancellation only.
    base::Task<void> run();

    /// For a transaction that is signed now; `expired`: what the one before it bid in vain. None
    /// where the market is above what the operator pays.
    base::Task<std::optional<solana::UnitPrice>> bid(std::optional<solana::UnitPrice> expired);
    /// At once; none also before the first look.
    std::optional<solana::UnitPrice> bid_now(std::optional<solana::UnitPrice> expired);

  private:
    base::Task<void> look();
    bool is_busy() const;
    void note_work();

    Settings settings_;
    std::vector<solana::Pubkey> contended_;
    base::Clock& clock_;
    rpc::SolanaRpc& rpc_;
    observability::MetricsRegistry& metrics_;
    PriceView view_;
    base::WakeUp wake_;
    base::Clock::time_point last_work_{};
    /// Whatever it found.
    bool has_looked_;
    base::Semaphore first_look_;
    observability::Gauge above_cap_;
    observability::Gauge bid_;
    observability::Condition dear_{
        {observability::log_warn, "price_above_cap",
         "withdraws wait: a compute unit costs more than RELAY_SOLANA_COMPUTE_UNIT_PRICE_CAP"},
        {"price_below_cap", "a compute unit costs no more than the cap again"}};
    observability::Condition unknown_{
        {observability::log_warn, "price_unknown",
         "no node tells what a compute unit costs: RELAY_SOLANA_COMPUTE_UNIT_PRICE_FLOOR is bid"},
        {"price_known", "a node tells what a compute unit costs again"}};
};

} // namespace relay::jobs
