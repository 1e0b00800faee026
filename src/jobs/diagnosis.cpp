// What an error of the chain means for a job: in the relay's words, and whether a retry may help.

#include "relay/jobs/job.hpp"
#include "relay/jobs/state_machine.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/transaction_error.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace relay::jobs {

namespace {

JobError below_rent(solana::AccountRole account) {
    switch (account) {
        case solana::AccountRole::Pool:
            return {"pool_below_rent",
                    "the pool would be left with less than the rent-exempt minimum"};
        case solana::AccountRole::Treasury:
            return {"treasury_below_rent",
                    "the treasury would hold less than the rent-exempt minimum"};
        case solana::AccountRole::NullifierShard:
            return {"shard_below_rent",
                    "the nullifier shard would hold less than the rent-exempt minimum"};
        case solana::AccountRole::Payer:
            return {"payer_unfunded",
                    "the relay's account would hold less than the rent-exempt minimum; fund it"};
        case solana::AccountRole::Recipient:
            return {"recipient_below_rent",
                    "a recipient's account would hold less than the rent-exempt minimum"};
        case solana::AccountRole::Tipped:
            return {"tip_below_rent",
                    "an account that is tipped would hold less than the rent-exempt minimum; its "
                    "operator must look at RELAY_SOLANA_TIP_ACCOUNTS"};
        case solana::AccountRole::Unknown:
            return {"account_below_rent",
                    "an account of the transaction would hold less than the rent-exempt minimum"};
    }
    std::unreachable();
}

Diagnosis unknown_failure(const solana::TransactionError& error) {
    return {{"transaction_failed", "the chain refused the transaction: " + error.text},
            Diagnosis::Remedy::Retry};
}

Diagnosis payer_unfunded() {
    return {{"payer_unfunded", "the relay's account cannot pay the network fee; fund it"},
            Diagnosis::Remedy::Outage};
}

/// By the shield-pool's number; another program's means nothing here, but for a tip that the payer
/// cannot pay.
Diagnosis diagnose_custom(const solana::TransactionError& error) {
    if (error.instruction == solana::kTipInstruction) {
        return payer_unfunded();
    }
    if (error.instruction != solana::kWithdrawInstruction) {
        return unknown_failure(error);
    }
    const auto known = solana::describe_program_error(error.number);
    auto remedy = known.permanent ? Diagnosis::Remedy::Never : Diagnosis::Remedy::Retry;
    if (error.number == solana::kDoubleSpend || error.number == solana::kNullifierAlreadyUsed) {
        remedy = Diagnosis::Remedy::SeekPayment;
    }
    return {{std::string(known.code), std::string(known.message)}, remedy};
}

} // namespace

Diagnosis diagnose(const solana::TransactionError& error) {
    using Kind = solana::TransactionError::Kind;
    using Remedy = Diagnosis::Remedy;
    switch (error.kind) {
        case Kind::Custom:
            return diagnose_custom(error);
        case Kind::BlockhashNotFound:
            return {{"blockhash_not_found", "the node does not know the blockhash"},
                    Remedy::WaitForFate};
        case Kind::AlreadyProcessed:
            return {{"already_processed", "the node has this transaction already"},
                    Remedy::WaitForFate};
        case Kind::PayerUnfunded:
            return payer_unfunded();
        case Kind::InsufficientFundsForRent:
            return {below_rent(error.account), error.account == solana::AccountRole::Tipped
                                                   ? Remedy::Outage // the relay's own affair
                                                   : Remedy::Retry};
        case Kind::ComputeExceeded:
            return {{"compute_exceeded",
                     "the withdraw needs more compute units than the relay asked for; its operator "
                     "can raise RELAY_SOLANA_COMPUTE_UNIT_LIMIT"},
                    Remedy::Retry};
        case Kind::LoadedTooMuch:
            return {{"loaded_data_exceeded",
                     "the withdraw's accounts are larger than the relay asked for"},
                    Remedy::Retry};
        case Kind::ProgramStopped:
            return {{"program_stopped",
                     "the program was stopped before its end, most likely for want of compute "
                     "units"},
                    Remedy::Retry};
        case Kind::Other:
            return unknown_failure(error);
    }
    std::unreachable();
}

bool is_pool_lack(std::string_view code) {
    return code == solana::describe_program_error(solana::kRootNotFound).code ||
           code == solana::describe_program_error(solana::kPoolShort).code;
}

} // namespace relay::jobs
