// What the chain's errors mean.

#include "relay/jobs/state_machine.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/transaction_error.hpp"
#include "support/rpc/fake_chain.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace relay::jobs {
namespace {

using solana::TransactionError;
using test::program_error;
using Kind = TransactionError::Kind;

constexpr std::uint32_t kProofInvalid = 0x1010;

TransactionError error_of(TransactionError::Kind kind) {
    TransactionError error;
    error.kind = kind;
    error.text = "text";
    return error;
}

TransactionError below_rent(solana::AccountRole account) {
    auto error = error_of(TransactionError::Kind::InsufficientFundsForRent);
    error.account = account;
    return error;
}

TEST(Diagnosis, GoesByNumberAndPlace) {
    using Remedy = Diagnosis::Remedy;
    struct Case {
        TransactionError error;
        const char* code;
        Remedy remedy;
    };
    TransactionError elsewhere = program_error(kProofInvalid);
    elsewhere.instruction = 1;
    TransactionError tip = program_error(1);
    tip.instruction = solana::kTipInstruction;
    for (const Case& known : std::vector<Case>{
             {program_error(kProofInvalid), "proof_invalid", Remedy::Never},
             {program_error(solana::kRootNotFound), "root_not_found", Remedy::Retry},
             {program_error(solana::kDoubleSpend), "double_spend", Remedy::SeekPayment},
             {program_error(solana::kNullifierAlreadyUsed), "nullifier_already_used",
              Remedy::SeekPayment},
             {program_error(7), "program_error", Remedy::Retry},
             {elsewhere, "transaction_failed", Remedy::Retry},
             {error_of(Kind::BlockhashNotFound), "blockhash_not_found", Remedy::WaitForFate},
             {error_of(Kind::AlreadyProcessed), "already_processed", Remedy::WaitForFate},
             {error_of(Kind::PayerUnfunded), "payer_unfunded", Remedy::Outage},
             {below_rent(solana::AccountRole::Recipient), "recipient_below_rent", Remedy::Retry},
             {below_rent(solana::AccountRole::Pool), "pool_below_rent", Remedy::Retry},
             {below_rent(solana::AccountRole::Treasury), "treasury_below_rent", Remedy::Retry},
             {below_rent(solana::AccountRole::NullifierShard), "shard_below_rent", Remedy::Retry},
             {tip, "payer_unfunded", Remedy::Outage},
             {below_rent(solana::AccountRole::Tipped), "tip_below_rent", Remedy::Outage},
             {below_rent(solana::AccountRole::Unknown), "account_below_rent", Remedy::Retry},
             {error_of(Kind::ComputeExceeded), "compute_exceeded", Remedy::Retry},
             {error_of(Kind::LoadedTooMuch), "loaded_data_exceeded", Remedy::Retry},
             {error_of(Kind::ProgramStopped), "program_stopped", Remedy::Retry},
             {error_of(Kind::Other), "transaction_failed", Remedy::Retry},
         }) {
        const auto diagnosis = diagnose(known.error);
        EXPECT_EQ(diagnosis.error.code, known.code);
        EXPECT_EQ(diagnosis.remedy, known.remedy) << known.code;
        EXPECT_FALSE(diagnosis.error.message.empty()) << known.code;
    }
}

TEST(Diagnosis, KnowsWhatThePoolMayLack) {
    EXPECT_TRUE(is_pool_lack("root_not_found"));
    EXPECT_TRUE(is_pool_lack("pool_short_of_lamports"));
    EXPECT_FALSE(is_pool_lack("rpc_unavailable"));
    EXPECT_FALSE(is_pool_lack(""));
}

} // namespace
} // namespace relay::jobs
