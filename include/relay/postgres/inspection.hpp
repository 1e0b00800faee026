#pragma once
// What `relayd check` asks of the ledger's server, beside the ledger's own work. Each makes a
// connection, changes nothing, blocks, and throws base::Outage where the server cannot be asked.

#include "relay/postgres/settings.hpp"

#include <chrono>
#include <string>

namespace relay::postgres {

/// How far the server's clock is ahead of this machine's; negative: behind. To half of what the
/// question took.
std::chrono::milliseconds clock_ahead(const Settings& settings);

/// Whether the settings have jobs removed some day.
enum class Removals { None, Some };

/// What the role may not do and a relay does, such as "INSERT ON operator_changes, UPDATE ON
/// fleet"; empty where it may all. docs/reliability.md has the grants. REQUIRES: the schema stands.
std::string lacks_rights(const Settings& settings, Removals removals);

} // namespace relay::postgres
