#pragma once
// A ledger whose calls are counted and timed by kind: relay_ledger_call_seconds{kind}, the wait for
// a connection included, relay_ledger_failures_total{kind} and relay_ledger_calls_in_flight. A call
// that ends well is a good read of Postgres.

#include "relay/base/clock.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/observability/metrics.hpp"

#include <memory>

namespace relay::jobs {

/// The clock, the ledger and the registry outlive it.
std::unique_ptr<Ledger> measured(base::Clock& clock, Ledger& ledger,
                                 observability::MetricsRegistry& metrics);

} // namespace relay::jobs
