#pragma once
// What an accepted withdraw writes, written and taken back: see Ledger::probe.

#include <pqxx/pqxx>

namespace relay::postgres {

/// Throws what the database says where any of it cannot be done, and jobs::LedgerRefusal where a
/// write is taken but changes nothing.
void probe_writes(pqxx::connection& connection);

} // namespace relay::postgres
