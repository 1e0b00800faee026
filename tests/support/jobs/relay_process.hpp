#pragma once
// The program's engine over a ledger, a schedule and a node of the test's, with intervals of
// milliseconds. It can be shut down as the program is, or die.

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/engine.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/schedule.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/keypair.hpp"

#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace relay::test {

class RelayProcess {
  public:
    RelayProcess(base::Clock& clock, const solana::Keypair& payer, jobs::Ledger& ledger,
                 jobs::Schedule& schedule, rpc::SolanaRpc& rpc,
                 const jobs::Engine::Settings& settings);

    void start();
    /// As the program does at SIGTERM, with no patience for jobs in flight.
    base::Task<void> shut_down();
    /// Ends every coroutine. What they still ask of the world must end as cancelled by now, see
    /// FaultPlan::take_apart.
    base::Task<void> die();

    jobs::BatchedLedger& ledger() { return engine_.ledger(); }
    jobs::Intake& intake() { return engine_.intake(); }
    jobs::Worker& worker() { return *engine_.worker(); }
    jobs::Engine& engine() { return engine_; }
    /// Which of its coroutines ended by an error, and the error.
    const std::vector<std::string>& failures() const { return failures_; }
    std::string metrics() const { return metrics_.text(); }

  private:
    void note_failure(std::string_view task, const std::exception_ptr& failure);

    std::vector<std::string> failures_;
    observability::MetricsRegistry metrics_;
    jobs::Engine::Groups groups_;
    jobs::Engine engine_;
};

} // namespace relay::test
