#pragma once
// The ledger in Postgres: one connection a thread, made again by itself after it was lost.

#include "relay/jobs/ledger.hpp"
#include "relay/postgres/settings.hpp"

#include <memory>

namespace relay::postgres {

/// Connects at the first call. Its schema is that of migrate() (migrations.hpp).
std::unique_ptr<jobs::Ledger> make_ledger(const Settings& settings);

} // namespace relay::postgres
