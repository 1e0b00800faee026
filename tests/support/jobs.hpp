#pragma once
// Withdraws and jobs for tests, any number of them, told apart by a number.

#include "relay/jobs/job.hpp"
#include "relay/jobs/store.hpp"
#include "relay/rpc/confirmation.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/signature.hpp"

#include <cstdint>

namespace relay::test {

/// The same number gives the same withdraw, another number another nullifier and root. Its sums and
/// hash are right; its proof is nothing.
solana::Withdraw make_withdraw(std::uint32_t number);

/// The same number gives the same id; they are ordered as their numbers.
jobs::JobId make_job_id(std::uint32_t number);

jobs::NewJob make_new_job(std::uint32_t number);

/// Some 64 bytes.
solana::Signature make_signature(std::uint32_t number);

solana::SavedTransaction make_transaction(std::uint32_t number);

} // namespace relay::test
