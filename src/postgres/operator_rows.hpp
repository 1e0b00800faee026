#pragma once
// Rows of an operator's answers as the relay's values; see rows.hpp.

#include "relay/jobs/fleet_state.hpp"
#include "relay/jobs/operator_ledger.hpp"

#include <pqxx/pqxx>

namespace relay::postgres {

/// A row of list_jobs or kReadJob.
jobs::ListedJob read_listed(const pqxx::row& row);
/// A row of kReadErrors.
jobs::PastError read_past_error(const pqxx::row& row);
/// A row of kReadTransactions.
jobs::SignedTransaction read_signed(const pqxx::row& row);
/// A row of kListChanges or kChangesOfJob.
jobs::Change read_change(const pqxx::row& row);
/// A row of kReadFleet.
jobs::FleetState read_fleet_state(const pqxx::row& row);

} // namespace relay::postgres
