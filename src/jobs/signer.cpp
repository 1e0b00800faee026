#include "relay/jobs/signer.hpp"

#include "relay/base/encoding.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/compute_sizes.hpp"
#include "relay/rpc/blockhash_cache.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/compute_budget.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/transaction.hpp"
#include "relay/solana/units.hpp"

#include <algorithm>
#include <expected>
#include <optional>
#include <utility>
#include <vector>

namespace relay::jobs {

std::optional<solana::SavedTransaction> Signer::sign_now(const solana::Withdraw& withdraw) const {
    const auto blockhash = tools_.blockhashes.cached();
    const auto size = tools_.sizes.known(withdraw);
    const auto price = blockhash && size ? tools_.prices.bid_now(std::nullopt) : std::nullopt;
    if (!price) {
        return std::nullopt;
    }
    const solana::ComputeBudget budget{size->units, *price, size->loaded_bytes};
    return sign(solana::withdraw_instructions(plan_, budget, withdraw), *blockhash);
}

base::Task<rpc::RpcResult<solana::SavedTransaction>> Signer::sign(
    solana::Withdraw withdraw, solana::UnitPrice price,
    std::vector<solana::Signature> earlier) const {
    const auto size = co_await tools_.sizes.find(withdraw);
    const solana::ComputeBudget budget{size.units, price, size.loaded_bytes};
    const auto instructions = solana::withdraw_instructions(plan_, budget, withdraw);
    // An earlier one has expired, or might have: the cached blockhash may be as old.
    auto asking =
        earlier.empty() ? tools_.blockhashes.get() : tools_.blockhashes.get(tools_.rpc.slot_time());
    auto blockhash = co_await std::move(asking);
    for (int tries = 0; blockhash; ++tries) {
        auto transaction = sign(instructions, *blockhash);
        if (std::ranges::find(earlier, transaction.signature) == earlier.end()) {
            co_return transaction;
        }
        // The same blockhash makes the same transaction, which is dead: a newer one is needed.
        if (tries == 1) {
            rpc::RpcError stale;
            stale.message = "the node gives no newer blockhash";
            co_return std::unexpected(std::move(stale));
        }
        blockhash = co_await tools_.blockhashes.refresh();
    }
    co_return std::unexpected(blockhash.error());
}

base::Bytes Signer::draft(const solana::Withdraw& withdraw) const {
    constexpr auto kMost = ComputeSizes::kMost;
    const solana::ComputeBudget budget{kMost.units, {}, kMost.loaded_bytes};
    return solana::draft_transaction(tools_.payer.address(),
                                     solana::withdraw_instructions(plan_, budget, withdraw));
}

solana::SavedTransaction Signer::sign(const std::vector<solana::Instruction>& instructions,
                                      const rpc::LatestBlockhash& blockhash) const {
    auto made = solana::sign_transaction(tools_.payer, instructions, blockhash.blockhash);
    return {made.signature, std::move(made.wire), blockhash.last_valid_block_height, blockhash.slot,
            tools_.clock.now()};
}

} // namespace relay::jobs
