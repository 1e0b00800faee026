#pragma once
// Whether what stands between the relay and Postgres leaves it its sessions.

#include "relay/postgres/settings.hpp"

namespace relay::postgres {

/// A pooler that lends a server's connection by the transaction (pgbouncer's pool_mode) lends it to
/// others in between: prepared statements are not found, and a setting of ours, that commits are
/// durable among them, holds for whoever comes next. Throws std::runtime_error where that is seen,
/// base::Outage where Postgres cannot be asked. Blocks.
void refuse_transaction_pooler(const Settings& settings);

} // namespace relay::postgres
