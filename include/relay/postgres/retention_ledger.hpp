#pragma once
// What removes jobs from the ledger in Postgres, by a connection of its own. Needs the right to
// delete rows of jobs, withdraws and transactions, once there are jobs to remove.

#include "relay/jobs/retention_ledger.hpp"
#include "relay/postgres/settings.hpp"

#include <memory>

namespace relay::postgres {

/// Connects at the first call. Its schema is that of migrate() (migrations.hpp).
std::unique_ptr<jobs::RetentionLedger> make_retention_ledger(const Settings& settings);

} // namespace relay::postgres
