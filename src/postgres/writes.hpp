#pragma once
// The fenced writes, a batch each: see Ledger for what each does. The answers come in the order
// of the writes: whether the row carried the lease (or had been written so before), and now is what
// was asked.

#include "relay/jobs/ledger.hpp"

#include <chrono>
#include <pqxx/pqxx>
#include <vector>

namespace relay::postgres {

std::vector<bool> save_transactions(pqxx::connection& connection,
                                    const std::vector<jobs::TransactionWrite>& writes);
std::vector<bool> renew_leases(pqxx::connection& connection, const std::vector<jobs::Claim>& claims,
                               std::chrono::milliseconds lease);
std::vector<bool> complete_jobs(pqxx::connection& connection,
                                const std::vector<jobs::Completion>& completions);
std::vector<bool> give_back_jobs(pqxx::connection& connection,
                                 const std::vector<jobs::GiveBack>& give_backs);
/// Fenced by the code that the job waits with: nobody has a lease on a queued one.
std::vector<bool> hurry_jobs(pqxx::connection& connection, const std::vector<jobs::Hurry>& hurries);
std::vector<bool> fail_jobs(pqxx::connection& connection,
                            const std::vector<jobs::Failure>& failures);
/// Fenced by the payment's signature: nobody has a lease on a completed job.
std::vector<bool> settle_payments(pqxx::connection& connection,
                                  const std::vector<jobs::Payment>& payments);
std::vector<bool> reopen_jobs(pqxx::connection& connection,
                              const std::vector<jobs::Reopening>& reopenings);

} // namespace relay::postgres
