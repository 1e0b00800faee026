#pragma once
// Makes a withdraw's transaction: the plan's instructions, what they ask for and bid, a recent
// blockhash, the payer's key.

#include "relay/base/clock.hpp"
#include "relay/base/encoding.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/compute_sizes.hpp"
#include "relay/jobs/price_watch.hpp"
#include "relay/rpc/blockhash_cache.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/compute_budget.hpp"
#include "relay/solana/keypair.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/transaction.hpp"
#include "relay/solana/units.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace relay::jobs {

class Signer {
  public:
    struct Tools {
        base::Clock& clock;
        const solana::Keypair& payer;
        rpc::SolanaRpc& rpc;
        rpc::BlockhashCache& blockhashes;
        ComputeSizes& sizes;
        PriceWatch& prices;
    };

    /// The tools outlive the signer.
    Signer(solana::WithdrawPlan plan, Tools tools) : plan_(std::move(plan)), tools_(tools) {}

    /// At once; none where no fresh blockhash is at hand, its size or the market is not known, or
    /// the market is above what the operator pays.
    std::optional<solana::SavedTransaction> sign_now(const solana::Withdraw& withdraw) const;

    /// What a transaction bids that is signed now: see PriceWatch.
    base::Task<std::optional<solana::UnitPrice>> bid(
        std::optional<solana::UnitPrice> expired) const {
        return tools_.prices.bid(expired);
    }

    /// Another transaction than each of the withdraw's `earlier` ones, with a blockhash that the
    /// chain is asked for where none is at hand.
    base::Task<rpc::RpcResult<solana::SavedTransaction>> sign(
        solana::Withdraw withdraw, solana::UnitPrice price,
        std::vector<solana::Signature> earlier) const;

    /// The withdraw needed more than it asked for.
    void asked_too_little(const solana::Withdraw& withdraw) const {
        tools_.sizes.too_small(withdraw);
    }

    /// Unsigned, for a simulation.
    base::Bytes draft(const solana::Withdraw& withdraw) const;

    const solana::WithdrawPlan& plan() const { return plan_; }

  private:
    solana::SavedTransaction sign(const std::vector<solana::Instruction>& instructions,
                                  const rpc::LatestBlockhash& blockhash) const;

    solana::WithdrawPlan plan_;
    Tools tools_;
};

} // namespace relay::jobs
