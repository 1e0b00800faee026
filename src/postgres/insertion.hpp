#pragma once
// New jobs into the ledger. A nullifier that is live or spent admits no second job: what its holder
// is decides whether the newcomer is the same withdraw again or a conflict.

#include "relay/jobs/ledger.hpp"

#include <optional>
#include <pqxx/pqxx>
#include <vector>

namespace relay::postgres {

/// The outcome of each job, in the order given. Throws base::Outage where nullifiers change hands
/// faster than their holders can be read.
std::vector<jobs::InsertOutcome> insert_jobs(pqxx::connection& connection,
                                             const std::vector<jobs::NewJob>& jobs);

/// Who holds each job's nullifier, and whether it is the same withdraw; none where nobody does.
std::vector<std::optional<jobs::InsertOutcome>> find_nullifier_holders(
    pqxx::connection& connection, const std::vector<jobs::NewJob>& jobs);

} // namespace relay::postgres
