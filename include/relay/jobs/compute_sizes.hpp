#pragma once
// How many compute units, and bytes of accounts, a withdraw's transaction asks for: what a
// simulation of one with as many outputs took, a margin, and rounded up, so that all that are alike
// ask alike. Looked at again while there are withdraws, since the program takes more the more
// nullifiers it knows, and may be another one since.
//
// A node's word, and never a reason to refuse anything: where no simulation succeeded yet, a safe
// size is asked for.

#include "relay/base/clock.hpp"
#include "relay/base/semaphore.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/compute_budget.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace relay::jobs {

class ComputeSizes {
  public:
    struct Settings {
        /// Asked for by all, and nothing is simulated.
        std::optional<std::uint32_t> fixed;
        /// Between simulations of one kind, while there are withdraws of it.
        std::chrono::milliseconds refresh{10'000};
    };

    struct Tools {
        base::Clock& clock;
        base::TaskGroup& tasks;
        rpc::SolanaRpc& rpc;
        observability::MetricsRegistry& metrics;
    };

    /// The tools outlive the sizes.
    ComputeSizes(Settings settings, solana::WithdrawPlan plan, const solana::Pubkey& payer,
                 Tools tools);

    struct Size {
        std::uint32_t units = 0;
        std::optional<std::uint32_t> loaded_bytes;
        bool operator==(const Size&) const = default;
    };

    /// None where it is not known.
    std::optional<Size> known(const solana::Withdraw& withdraw);
    /// Simulates the withdraw where it is not known: one for all who wait.
    base::Task<Size> find(solana::Withdraw withdraw);

    /// So much was not enough for the withdraw: half as much again is asked for, for ten minutes.
    void too_small(const solana::Withdraw& withdraw);

    /// Asked for where no simulation succeeds: enough for the program, wherever its pool is not
    /// full.
    static constexpr std::uint32_t kSafeUnits = 400'000;
    /// For a simulation: as much as there is.
    static constexpr Size kMost{solana::kMostComputeUnits, solana::kMostLoadedBytes};

  private:
    struct Entry {
        std::optional<Size> size;
        /// When it was last asked for.
        base::Clock::time_point asked_at;
    };

    Entry& entry(const solana::Withdraw& withdraw);
    base::Task<void> simulate(solana::Withdraw withdraw);

    Settings settings_;
    solana::WithdrawPlan plan_;
    solana::Pubkey payer_;
    Tools tools_;
    std::array<Entry, solana::kMaxOutputs> entries_{};
    base::Semaphore one_call_;
};

} // namespace relay::jobs
