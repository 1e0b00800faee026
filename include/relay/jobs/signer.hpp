#pragma once
// Makes a withdraw's transaction: the plan's instructions, a recent blockhash, the payer's key.

#include "relay/base/clock.hpp"
#include "relay/base/encoding.hpp"
#include "relay/base/task.hpp"
#include "relay/rpc/blockhash_cache.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/keypair.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/transaction.hpp"

#include <optional>
#include <vector>

namespace relay::jobs {

class Signer {
  public:
    /// All but the plan outlive the signer.
    Signer(base::Clock& clock, solana::WithdrawPlan plan, const solana::Keypair& payer,
           rpc::SolanaRpc& rpc, rpc::BlockhashCache& blockhashes)
        : clock_(clock), plan_(plan), payer_(payer), rpc_(rpc), blockhashes_(blockhashes) {}

    /// At once; none where no fresh blockhash is at hand.
    std::optional<solana::SavedTransaction> sign_now(const solana::Withdraw& withdraw) const;

    /// Another transaction than each of the withdraw's `earlier` ones, with a blockhash that the
    /// chain is asked for where none is at hand.
    base::Task<rpc::RpcResult<solana::SavedTransaction>> sign(
        solana::Withdraw withdraw, std::vector<solana::Signature> earlier) const;

    /// Unsigned, for a simulation.
    base::Bytes draft(const solana::Withdraw& withdraw) const;

    const solana::WithdrawPlan& plan() const { return plan_; }

  private:
    solana::SavedTransaction sign(const std::vector<solana::Instruction>& instructions,
                                  const rpc::LatestBlockhash& blockhash) const;

    base::Clock& clock_;
    solana::WithdrawPlan plan_;
    const solana::Keypair& payer_;
    rpc::SolanaRpc& rpc_;
    rpc::BlockhashCache& blockhashes_;
};

} // namespace relay::jobs
