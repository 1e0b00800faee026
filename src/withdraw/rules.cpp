#include "relay/withdraw/rules.hpp"

#include "relay/solana/compute_budget.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/transaction.hpp"
#include "relay/solana/units.hpp"
#include "relay/withdraw/fault.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace relay::withdraw {
namespace {

Fault fault(FaultCode code, std::string field, std::string message) {
    if (code != FaultCode::TransactionTooLarge) {
        message.insert(0, field + " "); // a whole sentence
    }
    return {code, std::move(field), std::move(message)};
}

bool belongs_to_program(const solana::Pubkey& address, const Rules& rules) {
    const solana::PoolAccounts& own = rules.plan.accounts;
    return address == rules.plan.program || address == own.pool || address == own.treasury ||
           address == own.roots_ring || address == own.nullifier_shard;
}

std::optional<Fault> check_recipients(const solana::Withdraw& withdraw, const Rules& rules) {
    for (std::size_t i = 0; i < withdraw.outputs.size(); ++i) {
        const solana::Pubkey& recipient = withdraw.outputs[i].recipient;
        if (solana::is_reserved_address(recipient)) {
            return fault(FaultCode::InvalidField, output_path(i) + ".recipient",
                         "is a sysvar or program of the network, which cannot be paid; name a "
                         "wallet's address");
        }
        if (belongs_to_program(recipient, rules)) {
            return fault(FaultCode::InvalidField, output_path(i) + ".recipient",
                         "is an account of the shield pool itself, which cannot be paid; name a "
                         "wallet's address");
        }
    }
    return std::nullopt;
}

std::optional<Fault> check_outputs_hash(const solana::Withdraw& withdraw) {
    if (solana::hash_outputs(withdraw.outputs) != withdraw.outputs_hash) {
        return fault(FaultCode::OutputsHashMismatch, "public_inputs.outputs_hash",
                     "must be BLAKE3-256 over the outputs in order, each as the recipient's 32 "
                     "bytes and the amount as 8 bytes little-endian");
    }
    return std::nullopt;
}

/// Nothing where the sum is beyond `limit`.
std::optional<std::uint64_t> sum_of_outputs(const solana::Withdraw& withdraw, std::uint64_t limit) {
    std::uint64_t sum = 0;
    for (const solana::Output& output : withdraw.outputs) {
        if (output.amount.value > limit - sum) {
            return std::nullopt;
        }
        sum += output.amount.value;
    }
    return sum;
}

/// Whether the client took its fee by the rate it declares, so that its sums are right by a fee
/// schedule that is not ours.
bool follows_other_schedule(const PostedWithdraw& posted, std::uint64_t paid,
                            std::uint64_t basis_points) {
    const std::uint64_t amount = posted.withdraw.amount.value;
    const std::uint64_t declared = posted.public_inputs_fee_bps;
    return declared != basis_points &&
           declared == solana::fee_basis_points({amount - paid}, {amount});
}

/// Conservation, then fee rates. Where both are broken, a client with another fee schedule hears
/// of the fee; any other has its sums wrong.
std::optional<Fault> check_sums(const PostedWithdraw& posted, const Rules& rules) {
    const std::uint64_t amount = posted.withdraw.amount.value;
    const std::optional<solana::Lamports> fee = rules.fees.fee({amount});
    if (!fee || fee->value >= amount) {
        return fault(FaultCode::ConservationViolated, "public_inputs.amount",
                     "does not cover the fee; withdraw more (see GET /fee)");
    }
    const std::uint64_t basis_points = solana::fee_basis_points(*fee, {amount});
    const std::optional<std::uint64_t> paid = sum_of_outputs(posted.withdraw, amount);
    const bool conserved = paid == amount - fee->value;
    if (!conserved && !(paid && follows_other_schedule(posted, *paid, basis_points))) {
        return fault(FaultCode::ConservationViolated, "outputs",
                     "must add up to " + std::to_string(amount - fee->value) + ": the amount of " +
                         std::to_string(amount) + " lamports less the fee of " +
                         std::to_string(fee->value));
    }
    const bool policy_agrees = posted.policy_fee_bps == basis_points;
    if (!policy_agrees || posted.public_inputs_fee_bps != basis_points) {
        return fault(
            FaultCode::FeeMismatch, policy_agrees ? "public_inputs.fee_bps" : "policy.fee_bps",
            "must be " + std::to_string(basis_points) + ": the fee on " + std::to_string(amount) +
                " lamports is " + std::to_string(fee->value) + " (see GET /fee)");
    }
    return std::nullopt;
}

std::optional<Fault> check_size(const solana::Withdraw& withdraw, const Rules& rules) {
    // The size is the same for all numbers.
    constexpr solana::ComputeBudget kBudget{.units = 1, .price = {1}, .loaded_bytes = 1};
    const std::size_t size =
        solana::transaction_size(rules.payer, withdraw_instructions(rules.plan, kBudget, withdraw));
    if (size > solana::kMaxTransactionBytes) {
        return fault(FaultCode::TransactionTooLarge, "outputs",
                     "the transaction would take " + std::to_string(size) + " bytes of at most " +
                         std::to_string(solana::kMaxTransactionBytes) + "; pay fewer outputs");
    }
    return std::nullopt;
}

} // namespace

std::string output_path(std::size_t index) {
    return "outputs[" + std::to_string(index) + "]";
}

std::optional<Fault> check_rules(const PostedWithdraw& posted, const Rules& rules) {
    if (auto broken = check_recipients(posted.withdraw, rules)) {
        return broken;
    }
    if (auto broken = check_outputs_hash(posted.withdraw)) {
        return broken;
    }
    if (auto broken = check_sums(posted, rules)) {
        return broken;
    }
    return check_size(posted.withdraw, rules);
}

} // namespace relay::withdraw
