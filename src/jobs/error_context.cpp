#include "error_context.hpp"

#include "relay/base/encoding.hpp"
#include "relay/jobs/job.hpp"
#include "relay/solana/compute_budget.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/transaction.hpp"
#include "relay/solana/transaction_error.hpp"

#include <cstdint>
#include <optional>

namespace relay::jobs {

namespace {

/// Units that the instructions before the withdraw take of what was asked for, and some more.
constexpr std::uint64_t kUnitsOfOthers = 1'000;

} // namespace

solana::TransactionError with_context(solana::TransactionError error, base::ByteView wire,
                                      const solana::WithdrawPlan& plan,
                                      const solana::Withdraw& withdraw,
                                      const std::optional<JobError>& lack) {
    using Kind = solana::TransactionError::Kind;
    if (error.kind == Kind::InsufficientFundsForRent) {
        const auto address = solana::account_at(wire, error.account_index);
        error.account =
            address ? solana::role_of(*address, plan, withdraw) : solana::AccountRole::Unknown;
    }
    if (error.kind == Kind::Custom && error.instruction == solana::kWithdrawInstruction) {
        error.is_known_lack =
            lack && lack->code == solana::describe_program_error(error.number).code;
    }
    if (error.kind == Kind::ProgramStopped && error.units_consumed) {
        const auto budget = solana::read_compute_budget(wire);
        if (budget && *error.units_consumed + kUnitsOfOthers >= budget->units) {
            error.kind = Kind::ComputeExceeded;
        }
    }
    return error;
}

} // namespace relay::jobs
