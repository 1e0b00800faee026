#pragma once
// The ledger's schema, as numbered steps applied once each, in order, each in a transaction of its
// own, under an advisory lock so that several processes may start together.

#include "relay/jobs/postgres_store.hpp"

#include <string>
#include <vector>

namespace relay::jobs {

/// Applies what is missing and names it. Blocks. Throws base::Outage where the database cannot be
/// reached, or base::Outage naming the step that failed; a schema newer than this program is
/// refused.
std::vector<std::string> migrate(const PostgresSettings& settings);

} // namespace relay::jobs
