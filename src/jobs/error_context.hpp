#pragma once
// What only the relay knows of a chain's error. Pure.

#include "relay/base/encoding.hpp"
#include "relay/jobs/job.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/transaction_error.hpp"

#include <optional>

namespace relay::jobs {

/// With whose account it speaks of, whether the pool is known to lack what it misses (`lack`), and
/// whether the transaction (`wire`) asked for too few compute units.
solana::TransactionError with_context(solana::TransactionError error, base::ByteView wire,
                                      const solana::WithdrawPlan& plan,
                                      const solana::Withdraw& withdraw,
                                      const std::optional<JobError>& lack);

} // namespace relay::jobs
