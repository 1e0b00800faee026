#pragma once
// The operator's ledger in Postgres: two connections for questions and changes, and one for the
// fleet's state, so that no slow question keeps a relay from obeying.

#include "relay/jobs/operator_ledger.hpp"
#include "relay/postgres/settings.hpp"

#include <memory>

namespace relay::postgres {

/// Connects at the first call. Its schema is that of migrate() (migrations.hpp).
std::unique_ptr<jobs::OperatorLedger> make_operator_ledger(const Settings& settings);

} // namespace relay::postgres
