#include "relay/jobs/signer.hpp"

#include "relay/base/encoding.hpp"
#include "relay/base/task.hpp"
#include "relay/rpc/blockhash_cache.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/transaction.hpp"

#include <algorithm>
#include <expected>
#include <optional>
#include <utility>
#include <vector>

namespace relay::jobs {

std::optional<solana::SavedTransaction> Signer::sign_now(const solana::Withdraw& withdraw) const {
    const auto blockhash = blockhashes_.cached();
    if (!blockhash) {
        return std::nullopt;
    }
    return sign(solana::withdraw_instructions(plan_, withdraw), *blockhash);
}

base::Task<rpc::RpcResult<solana::SavedTransaction>> Signer::sign(
    solana::Withdraw withdraw, std::vector<solana::Signature> earlier) const {
    const auto instructions = solana::withdraw_instructions(plan_, withdraw);
    // An earlier one has expired, or might have: the cached blockhash may be as old.
    auto asking = earlier.empty() ? blockhashes_.get() : blockhashes_.get(rpc_.slot_time());
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
        blockhash = co_await blockhashes_.refresh();
    }
    co_return std::unexpected(blockhash.error());
}

base::Bytes Signer::draft(const solana::Withdraw& withdraw) const {
    return solana::draft_transaction(payer_.address(),
                                     solana::withdraw_instructions(plan_, withdraw));
}

solana::SavedTransaction Signer::sign(const std::vector<solana::Instruction>& instructions,
                                      const rpc::LatestBlockhash& blockhash) const {
    auto made = solana::sign_transaction(payer_, instructions, blockhash.blockhash);
    return {made.signature, std::move(made.wire), blockhash.last_valid_block_height, blockhash.slot,
            clock_.now()};
}

} // namespace relay::jobs
