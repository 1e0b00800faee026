#pragma once
// The rules between the fields of a withdraw, once each field by itself is well formed: who may be
// paid, and whether hash, sums, fee and size agree. Pure. Source: docs/protocol.md, "The rules".

#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/withdraw/fault.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace relay::withdraw {

/// What the rules depend on beside the withdraw: the relay's own program, payer and fees.
struct Rules {
    solana::WithdrawPlan plan;
    solana::Pubkey payer;
    solana::FeeSchedule fees;
};

/// A withdraw as posted, with the two fee rates that its instruction does not carry.
struct PostedWithdraw {
    solana::Withdraw withdraw;
    std::uint64_t policy_fee_bps = 0;
    std::uint64_t public_inputs_fee_bps = 0;
};

/// The first rule broken, in this order: recipients, outputs hash, conservation, fee rates,
/// transaction size. REQUIRES: 1 to kMaxOutputs outputs, each field within its own limits.
std::optional<Fault> check_rules(const PostedWithdraw& posted, const Rules& rules);

/// "outputs[1]"
std::string output_path(std::size_t index);

} // namespace relay::withdraw
