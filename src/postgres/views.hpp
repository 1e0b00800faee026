#pragma once
// Jobs as /status tells them, those whose rows were removed among them. Private to postgres.

#include "relay/jobs/job.hpp"

#include <optional>
#include <pqxx/pqxx>
#include <vector>

namespace relay::postgres {

/// As Ledger::find().
std::vector<std::optional<jobs::JobView>> find_views(pqxx::connection& connection,
                                                     const std::vector<jobs::JobId>& ids);

} // namespace relay::postgres
