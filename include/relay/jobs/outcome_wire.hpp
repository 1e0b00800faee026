#pragma once
// How relays of one ledger tell each other that jobs have their outcome. Best effort: what is lost
// on it is found by whoever looks at the ledger. postgres::make_outcome_wire is the real one,
// MemoryOutcomeWire the tests'.

#include "relay/base/task.hpp"
#include "relay/jobs/job.hpp"

#include <functional>
#include <stop_token>
#include <vector>

namespace relay::jobs {

class OutcomeWire {
  public:
    using Heard = std::function<void(std::vector<JobId>)>;

    virtual ~OutcomeWire() = default;

    /// Tells all who listen that these jobs are completed or failed. Throws base::Outage.
    virtual base::Task<void> tell(std::vector<JobId> ids) = 0;

    /// Calls `heard`, on the caller's executor, with none when it has begun to listen, and then
    /// with what it hears. Returns soon after it was asked to stop, and throws base::Outage where
    /// the wire is lost. Not to be cancelled.
    virtual base::Task<void> listen(std::stop_token until, Heard heard) = 0;
};

} // namespace relay::jobs
