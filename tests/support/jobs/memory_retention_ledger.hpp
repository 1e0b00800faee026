#pragma once
// RetentionLedger over the rows of a MemoryLedger.

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/retention_ledger.hpp"
#include "support/jobs/memory_ledger.hpp"

#include <chrono>
#include <cstddef>

namespace relay::test {

class MemoryRetentionLedger final : public jobs::RetentionLedger {
  public:
    MemoryRetentionLedger(base::Clock& clock, MemoryRows& rows) : clock_(clock), rows_(rows) {}

    base::Task<jobs::Removal> remove(jobs::Ending ending, std::chrono::milliseconds age,
                                     std::size_t limit) override;

    /// Every call throws a LedgerRefusal meanwhile.
    void set_refuses(bool refuses) { refuses_ = refuses; }
    std::size_t calls() const { return calls_; }

  private:
    base::Clock& clock_;
    MemoryRows& rows_;
    bool refuses_ = false;
    std::size_t calls_ = 0;
};

} // namespace relay::test
