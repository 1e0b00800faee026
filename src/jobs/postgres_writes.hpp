#pragma once
// The fenced writes, a batch each: see JobStore for what each does. The answers come in the order
// of the writes: whether the row carried the lease (or had been written so before), and now is what
// was asked.

#include "relay/jobs/store.hpp"

#include <chrono>
#include <pqxx/pqxx>
#include <vector>

namespace relay::jobs {

std::vector<bool> save_transactions(pqxx::connection& connection,
                                    const std::vector<TransactionWrite>& writes);
std::vector<bool> renew_leases(pqxx::connection& connection, const std::vector<Claim>& claims,
                               std::chrono::milliseconds lease);
std::vector<bool> complete_jobs(pqxx::connection& connection,
                                const std::vector<Completion>& completions);
std::vector<bool> give_back_jobs(pqxx::connection& connection, const std::vector<Return>& returns);
std::vector<bool> bury_jobs(pqxx::connection& connection, const std::vector<Burial>& burials);
/// Fenced by the payment's signature: nobody has a lease on a completed job.
std::vector<bool> settle_payments(pqxx::connection& connection,
                                  const std::vector<Payment>& payments);
std::vector<bool> reopen_jobs(pqxx::connection& connection,
                              const std::vector<Reopening>& reopenings);

} // namespace relay::jobs
