#pragma once
// The rules between the fields of a withdraw, once each field by itself is well formed: who may be
// paid, and whether hash, sums, fee and size agree. Pure. Source: PROTOCOL sections 1 to 3.

#include "relay/jobs/withdraw_request.hpp"
#include "relay/solana/shield_pool.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace relay::jobs {

/// A withdraw as posted, with the two fee rates that its instruction does not carry.
struct PostedWithdraw {
    solana::Withdraw withdraw;
    std::uint64_t policy_fee_bps = 0;
    std::uint64_t public_inputs_fee_bps = 0;
};

/// The first rule broken, in this order: recipients, outputs hash, conservation, fee rates,
/// transaction size. REQUIRES: 1 to kMaxOutputs outputs, each field within its own limits.
std::optional<RequestFault> check_admission(const PostedWithdraw& posted,
                                            const AdmissionRules& rules);

/// "outputs[1]"
std::string output_path(std::size_t index);

} // namespace relay::jobs
