#pragma once
// Looks again at payments that counted as made before they were final, which they do only where the
// operator chose `confirmed` on a cluster that runs TowerBFT. What has become final is noted; a
// payment that is proven to have vanished, with the block it stood in, is an alarm, and its job is
// taken up again as any other whose transaction is lost.
//
// Every relay on a ledger does the same; the ledger lets each change happen once.

#include "relay/base/task.hpp"
#include "relay/jobs/scheduler.hpp"
#include "relay/jobs/store.hpp"
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

    FinalityWatch(Settings settings, JobStore& store, rpc::SolanaRpc& rpc, Scheduler& scheduler,
                  observability::MetricsRegistry& metrics);

    /// Looks at the interval; ends by cancellation only.
    base::Task<void> run();

  private:
    base::Task<void> look();
    base::Task<void> reopen(std::vector<Reopening> vanished);

    Settings settings_;
    JobStore& store_;
    rpc::SolanaRpc& rpc_;
    Scheduler& scheduler_;
    observability::Counter vanished_;
};

} // namespace relay::jobs
