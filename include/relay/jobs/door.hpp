#pragma once
// What is refused to a client's face because of the chain: a nullifier that is spent, a new account
// that would hold too little to exist. A refusal rests on what all well nodes say alike of what is
// final; where they differ, are silent or take longer than a second, nothing is refused, and the
// chain decides as ever. Most withdraws cost no call at all.

#include "relay/base/clock.hpp"
#include "relay/base/semaphore.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/chain_watch.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/pool_state.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/units.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace relay::jobs {

struct Objection {
    enum class Kind {
        /// The pool's shard holds the nullifier.
        NullifierSpent,
        /// There is no such account, and what it is paid is less than an account must hold.
        RecipientBelowRent,
    };
    Kind kind = Kind::NullifierSpent;
    /// RecipientBelowRent: which output, from 0, and what it must be at least.
    std::size_t output = 0;
    solana::Lamports minimum;
};

class Door {
  public:
    /// All outlive the door.
    Door(base::Clock& clock, rpc::SolanaRpc& rpc, const solana::WithdrawPlan& plan,
         ChainWatch& watch);

    /// None: the chain is known of nothing against it. Whose the spent nullifier is, the ledger
    /// knows.
    base::Task<std::optional<Objection>> look_at(solana::Withdraw withdraw);

  private:
    base::Task<bool> is_spent(solana::Hash nullifier);
    bool all_hold(const solana::Hash& nullifier) const;
    base::Task<std::optional<Objection>> find_poor(std::vector<solana::Output> outputs);

    base::Clock& clock_;
    rpc::SolanaRpc& rpc_;
    solana::WithdrawPlan plan_;
    ChainWatch& watch_;
    base::Semaphore one_at_a_time_;
    /// Look-ups of recipients: a crowd of them takes no node's connections from what is sent.
    base::Semaphore few_at_a_time_;
    /// As each well node had it when all were last asked: what they hold alike stays spent.
    std::vector<solana::NullifierShard> agreed_;
};

} // namespace relay::jobs
