#pragma once
// The worker and all it works with, wired as the program wires them, over a store, a queue and a
// node of the test's; with intervals of milliseconds. It can be shut down as the program is, or
// die.

#include "relay/base/signal.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/jobs/chain_monitor.hpp"
#include "relay/jobs/intake.hpp"
#include "relay/jobs/job_metrics.hpp"
#include "relay/jobs/job_runner.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/queue.hpp"
#include "relay/jobs/reconciler.hpp"
#include "relay/jobs/retry_policy.hpp"
#include "relay/jobs/scheduler.hpp"
#include "relay/jobs/store.hpp"
#include "relay/jobs/worker.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/blockhash_cache.hpp"
#include "relay/rpc/confirmation.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/keypair.hpp"
#include "relay/solana/units.hpp"

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace relay::test {

struct ProcessSettings {
    jobs::Worker::Settings worker{.max_concurrent_jobs = 10,
                                  .poll_interval = std::chrono::milliseconds(1),
                                  .lease = std::chrono::milliseconds(60'000)};
    jobs::RetryPolicy retries;
    jobs::Reconciler::Settings reconciler{.interval = std::chrono::milliseconds(2)};
    rpc::ConfirmationTracker::Policy tracker{.shortest_poll = std::chrono::milliseconds(1),
                                             .shortest_resend = std::chrono::milliseconds(3),
                                             .least_life = std::chrono::milliseconds(0),
                                             .expiry_interval = std::chrono::milliseconds(3),
                                             .proof_patience = std::chrono::milliseconds(20),
                                             .patience = std::chrono::milliseconds(50)};
    solana::Lamports min_balance{10'000'000};
    /// Whether jobs may run from their acceptance on; otherwise they are queued, as by an instance
    /// that only accepts.
    bool head_starts = true;
};

class RelayProcess {
  public:
    RelayProcess(boost::asio::io_context& io, const solana::Keypair& payer, jobs::JobStore& store,
                 jobs::JobQueue& queue, rpc::SolanaRpc& rpc, ProcessSettings settings = {});
    ~RelayProcess();

    void start();
    /// As the program does at SIGTERM, with no patience for jobs in flight.
    base::Task<void> shut_down();
    /// Ends every coroutine. What they still ask of the world must end as cancelled by now, see
    /// FaultPlan::bury.
    base::Task<void> die();

    jobs::Ledger& ledger() { return ledger_; }
    jobs::Intake& intake() { return intake_; }
    jobs::Worker& worker() { return worker_; }
    /// Of its coroutines, those that ended by an error, and the error.
    const std::vector<std::string>& failures() const { return failures_; }
    std::string metrics() const { return metrics_.text(); }

  private:
    void note_failure(std::string_view task, const std::exception_ptr& failure);

    std::vector<std::string> failures_;
    observability::MetricsRegistry metrics_;
    base::TaskGroup writes_;
    base::TaskGroup loops_;
    base::TaskGroup claiming_;
    base::TaskGroup jobs_;
    base::Signal due_;
    jobs::JobMetrics job_metrics_;
    jobs::Ledger ledger_;
    jobs::Scheduler scheduler_;
    rpc::BlockhashCache blockhashes_;
    jobs::ChainMonitor monitor_;
    rpc::ConfirmationTracker tracker_;
    jobs::JobRunner runner_;
    jobs::Worker worker_;
    jobs::Intake intake_;
    jobs::Reconciler reconciler_;
};

} // namespace relay::test
