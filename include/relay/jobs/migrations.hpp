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

/// What of the server's settings keeps a commit from being durable, as our sessions have them, such
/// as "fsync is off"; empty where nothing does. Throws base::Outage where it cannot be asked.
std::string lacks_durability(const PostgresSettings& settings);

} // namespace relay::jobs
