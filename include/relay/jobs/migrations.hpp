#pragma once
// The ledger's schema, as numbered steps applied once each, in order, each in a transaction of its
// own, under an advisory lock so that several processes may start together.

#include "relay/jobs/postgres_store.hpp"

#include <limits>
#include <string>
#include <vector>

namespace relay::jobs {

/// Applies what is missing and names it. Blocks. Throws base::Outage where the database cannot be
/// reached, or base::Outage naming the step that failed; a schema newer than this program is
/// refused. `last`: the step to stop at; for tests of the steps.
std::vector<std::string> migrate(const PostgresSettings& settings,
                                 int last = std::numeric_limits<int>::max());

} // namespace relay::jobs
