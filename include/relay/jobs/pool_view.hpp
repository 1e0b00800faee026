#pragma once
// What is known of the pool's accounts, by the rules of evidence: a reading is good for the slot it
// was told for, an earlier slot never takes the place of a later one, and what is too old, or laid
// out in another way than is known, is not known. Pure: time is an argument.

#include "relay/rpc/rpc.hpp"
#include "relay/solana/pool_state.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/units.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace relay::jobs {

/// One node's word.
struct PoolReading {
    solana::Slot slot;
    std::optional<solana::RootsRing> ring;
    std::optional<solana::NullifierShard> shard;
    std::optional<solana::Lamports> balance;
    /// What cannot be read, and why; empty where all can.
    std::string trouble;
};

/// The accounts that read_pool takes the report of, in this order.
std::vector<solana::Pubkey> pool_addresses(const solana::PoolAccounts& accounts);
PoolReading read_pool(rpc::AccountsReport report, const solana::Pubkey& program);

class PoolView {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit PoolView(std::chrono::milliseconds good_for) : good_for_(good_for) {}

    /// False: it is of an earlier slot than what is known, and nothing is learnt.
    bool learn(PoolReading reading, time_point now);

    const PoolReading& newest() const { return reading_; }
    // None where they are not known. Good until the next learn().
    const solana::RootsRing* ring(time_point now) const;
    const solana::NullifierShard* shard(time_point now) const;
    std::optional<solana::Lamports> balance(time_point now) const;

  private:
    bool is_good(time_point now) const { return read_at_ && now - *read_at_ < good_for_; }

    std::chrono::milliseconds good_for_;
    PoolReading reading_;
    std::optional<time_point> read_at_;
};

} // namespace relay::jobs
