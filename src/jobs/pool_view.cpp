#include "relay/jobs/pool_view.hpp"

#include "relay/rpc/rpc.hpp"
#include "relay/solana/pool_state.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/units.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relay::jobs {

namespace {

/// By their place among pool_addresses().
constexpr std::array kNames = {"roots ring", "nullifier shard", "pool", "treasury"};
constexpr std::size_t kRing = 0;
constexpr std::size_t kShard = 1;
constexpr std::size_t kPool = 2;

} // namespace

std::vector<solana::Pubkey> pool_addresses(const solana::PoolAccounts& accounts) {
    return {accounts.roots_ring, accounts.nullifier_shard, accounts.pool, accounts.treasury};
}

PoolReading read_pool(rpc::AccountsReport report, const solana::Pubkey& program) {
    PoolReading reading;
    reading.slot = report.slot;
    const auto miss = [&reading](std::size_t which, const char* why) {
        reading.trouble += (reading.trouble.empty() ? "" : "; ") + std::string("the ") +
                           kNames.at(which) + " account " + why;
    };
    report.accounts.resize(kNames.size());
    for (std::size_t which = 0; which < kNames.size(); ++which) {
        auto& account = report.accounts[which];
        if (!account) {
            miss(which, "does not exist");
        } else if (account->owner != program) {
            miss(which, "is another program's");
            account.reset();
        }
    }
    if (auto& ring = report.accounts[kRing]) {
        reading.ring = solana::RootsRing::read(std::move(ring->data));
        if (!reading.ring) {
            miss(kRing, "is not laid out as is known");
        }
    }
    if (auto& shard = report.accounts[kShard]) {
        reading.shard = solana::NullifierShard::read(std::move(shard->data));
        if (!reading.shard) {
            miss(kShard, "is not laid out as is known");
        }
    }
    if (const auto& pool = report.accounts[kPool]) {
        reading.balance = pool->lamports;
    }
    return reading;
}

bool PoolView::learn(PoolReading reading, time_point now) {
    if (is_good(now) && reading.slot < reading_.slot) {
        return false;
    }
    reading_ = std::move(reading);
    read_at_ = now;
    return true;
}

const solana::RootsRing* PoolView::ring(time_point now) const {
    return is_good(now) && reading_.ring ? &*reading_.ring : nullptr;
}

const solana::NullifierShard* PoolView::shard(time_point now) const {
    return is_good(now) && reading_.shard ? &*reading_.shard : nullptr;
}

std::optional<solana::Lamports> PoolView::balance(time_point now) const {
    return is_good(now) ? reading_.balance : std::nullopt;
}

} // namespace relay::jobs
