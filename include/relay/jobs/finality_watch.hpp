#pragma once
// Looks again at payments that counted as made before they were final, which they do only where the
// operator chose `confirmed` on a cluster that runs TowerBFT. What has become final is noted; a
// payment that is proven to have vanished, with the block it stood in, is an alarm, and its job is
// taken up again as any other whose transaction is lost.
//
// Every relay on a ledger does the same; the ledger lets each change happen once.

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/batched_ledger.hpp"
#include "relay/jobs/best_effort_schedule.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/rpc.hpp"

#include <chrono>
#include <vector>

namespace relay::jobs {

class FinalityWatch {
  public:
    struct Settings {
        std::chrono::milliseconds interval{5'000};
    };

    FinalityWatch(base::Clock& clock, Settings settings, BatchedLedger& ledger, rpc::SolanaRpc& rpc,
                  BestEffortSchedule& schedule, observability::MetricsRegistry& metrics);

    /// Looks at the interval; ends by cancellation only.
    base::Task<void> run();

  private:
    base::Task<void> look();
    base::Task<void> reopen(std::vector<Reopening> vanished);

    base::Clock& clock_;
    Settings settings_;
    BatchedLedger& ledger_;
    rpc::SolanaRpc& rpc_;
    BestEffortSchedule& schedule_;
    observability::Counter vanished_;
};

} // namespace relay::jobs
