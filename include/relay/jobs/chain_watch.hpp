#pragma once
// Reads the pool's accounts again and again, a slot apart while there is work and slowly else: so
// that a client hears at the door what the chain would say later, and that a withdraw whose root is
// not there yet, or which the pool is too poor to pay, waits for that and is sent as soon as it can
// be. What is known of the chain is one node's word (PoolView). It makes a withdraw wait, and
// nothing worse; where another node says otherwise, it does not even that.
//
// While the chain cannot be asked, and ten seconds after its last answer, nothing is known, and all
// goes on as if there were no watch.

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/jobs/batched_ledger.hpp"
#include "relay/jobs/best_effort_schedule.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/pool_metrics.hpp"
#include "relay/jobs/pool_view.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/units.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace relay::jobs {

class ChainWatch {
  public:
    struct Settings {
        /// Between looks while there is work: a slot, and no less than this.
        std::chrono::milliseconds busy_interval{200};
        std::chrono::milliseconds idle_interval{5'000};
        /// How long a withdraw that was posted or claimed is work.
        std::chrono::milliseconds work_lasts{5'000};
        /// How long a reading is good.
        std::chrono::milliseconds good_for{10'000};
        /// Between looks at what other nodes say, while a withdraw waits.
        std::chrono::milliseconds comparison_interval{2'000};
        std::chrono::milliseconds minimum_interval{60'000};
    };

    /// What a watch works with; all of it outlives the watch.
    struct Tools {
        base::Clock& clock;
        rpc::SolanaRpc& rpc;
        BatchedLedger& ledger;
        BestEffortSchedule& schedule;
        observability::MetricsRegistry& metrics;
    };

    ChainWatch(Settings settings, const solana::WithdrawPlan& plan, Tools tools);

    /// Looks again and again; ends by cancellation only.
    base::Task<void> run();

    /// A withdraw is posted or claimed: what the pool is like will be asked soon.
    void note_work();

    /// What the pool lacks to pay this withdraw: its root, or lamports. None where it lacks
    /// nothing, or nothing is known.
    std::optional<JobError> lacks(const solana::Withdraw& withdraw) const {
        return lacks(withdraw.root, withdraw.amount);
    }
    /// Its root is among the oldest, which the next deposits push out of the ring.
    bool leaves_soon(const solana::Hash& root) const;
    /// A node says that the nullifier is spent; no proof of it.
    bool seems_spent(const solana::Hash& nullifier) const;
    /// The least that an account without data must hold, and when the nodes agreed on it.
    struct Minimum {
        solana::Lamports lamports;
        base::Clock::time_point read_at;
    };
    const std::optional<Minimum>& minimum() const { return minimum_; }
    base::Task<void> read_minimum();

    /// The job was given back with what lacks() said: it is due at once when that is over.
    void hold(const Job& job, std::string code);
    std::size_t holds() const { return held_.size(); }

  private:
    struct Held {
        solana::Hash root;
        solana::Lamports amount;
        std::string code;
        base::Clock::time_point since;
    };

    std::optional<JobError> lacks(const solana::Hash& root, solana::Lamports amount) const;
    bool is_busy() const;
    std::chrono::nanoseconds pause() const;
    base::Task<void> look();
    base::Task<void> compare();
    base::Task<void> release();

    Settings settings_;
    Tools tools_;
    solana::WithdrawPlan plan_;
    PoolView view_;
    PoolMetrics metrics_;
    base::WakeUp wake_;
    std::optional<Minimum> minimum_;
    base::Clock::time_point minimum_due_{};
    base::Clock::time_point last_work_{};
    base::Clock::time_point last_comparison_{};
    std::map<JobId, Held> held_;
    /// Roots that another node has in its ring, and the most lamports that one tells; until when.
    std::map<solana::Hash, base::Clock::time_point> disputed_;
    solana::Lamports disputed_balance_{0};
    base::Clock::time_point disputed_balance_until_{};
};

} // namespace relay::jobs
