#pragma once
// The ledger's schema, as numbered steps applied once each, in order, each in a transaction of its
// own, under an advisory lock so that several processes may start together.

#include "relay/postgres/settings.hpp"

#include <limits>
#include <string>
#include <vector>

namespace relay::postgres {

/// Applies what is missing and names it. Blocks. Throws base::Outage where the database cannot be
/// reached, and std::runtime_error naming the step where one fails, or where the schema is newer
/// than this program. `last`: the step to stop at; for tests of the steps.
std::vector<std::string> migrate(const Settings& settings,
                                 int last = std::numeric_limits<int>::max());

struct SchemaVersions {
    /// The database's; 0: it has none.
    int found = 0;
    /// This program's.
    int known = 0;
};

/// Changes nothing. Throws base::Outage where the database cannot be asked.
SchemaVersions schema_versions(const Settings& settings);

/// Which of the server's settings keeps a commit from being durable, as our sessions have them,
/// such as "fsync is off"; empty where nothing does. Throws base::Outage where it cannot be asked.
std::string lacks_durability(const Settings& settings);

} // namespace relay::postgres
