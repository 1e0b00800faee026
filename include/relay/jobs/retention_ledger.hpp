#pragma once
// What removes from the ledger the jobs that are over. It stands beside Ledger, the way of the
// withdraws, with a connection of its own: no removal keeps a withdraw waiting.
//
// What /status tells of a completed job stays for ever, and what knows the same withdraw again: its
// spent nullifier, whose it is, a fingerprint of its public inputs, the signature and slot that
// paid, the times. A payment that may yet be taken back stays whole. A failed job goes whole:
// nothing of it can land any more, and its nullifier may be posted anew. The record of what
// operators changed is not touched, nor is any live job.
//
// Several relays may remove at once: what one has in its hands the others pass over. All methods
// throw base::Outage where the ledger cannot be reached, and LedgerRefusal, which is one too, where
// it does not do what it is asked: a right to delete may be missing.
// postgres::make_retention_ledger is the real one, MemoryRetentionLedger the tests'.

#include "relay/base/task.hpp"
#include "relay/jobs/job.hpp"

#include <chrono>
#include <cstddef>
#include <vector>

namespace relay::jobs {

/// Jobs that are over, by how they ended. A dead letter that was discarded is a failed job.
enum class Ending { Completed, Failed };

struct Removal {
    std::vector<JobId> ids;
    /// There may be more that are due.
    bool more = false;
};

class RetentionLedger {
  public:
    virtual ~RetentionLedger() = default;

    /// Removes, in one commit, up to `limit` of the jobs that ended so, no less than `age` ago.
    /// Writes nothing where none is due.
    virtual base::Task<Removal> remove(Ending ending, std::chrono::milliseconds age,
                                       std::size_t limit) = 0;
};

} // namespace relay::jobs
