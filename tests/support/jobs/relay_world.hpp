#pragma once
// Everything around a relay's process, in memory: ledger, schedule and chain, one clock for all, a
// client that posts withdraws, and faults between the process and them. Processes come and go.

#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/jobs/engine.hpp"
#include "relay/jobs/job.hpp"
#include "relay/solana/keypair.hpp"
#include "support/base/manual_clock.hpp"
#include "support/jobs/fault_plan.hpp"
#include "support/jobs/memory_ledger.hpp"
#include "support/jobs/memory_schedule.hpp"
#include "support/jobs/relay_process.hpp"
#include "support/rpc/fake_chain.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>

namespace relay::test {

class RelayWorld {
  public:
    /// Short delays, so that a job's whole life takes some milliseconds.
    static jobs::Engine::Settings quick_settings();
    /// The same, and the pool's accounts are read every few milliseconds; else once, at the start.
    static jobs::Engine::Settings watching_settings();

    RelayWorld(ManualClock& time, const solana::Keypair& payer,
               jobs::Engine::Settings settings = quick_settings());
    ~RelayWorld();

    ManualClock& clock;
    MemoryRows rows;
    MemoryLedger ledger{clock, rows};
    MemorySchedule schedule{clock};
    FakeChain chain;
    /// Between the present process and the world.
    std::unique_ptr<FaultPlan> plan;
    std::unique_ptr<RelayProcess> process;
    std::uint64_t blocks_a_beat = 1;

    /// A new process, with faults of its own to come.
    void start(FaultPlan faults = {});
    /// As by a SIGKILL.
    base::Task<void> kill();
    /// As by a SIGTERM, with no faults any more. REQUIRES: the process is not dead.
    base::Task<void> shut_down();

    /// From now on a client posts make_withdraw(number) until a process says that it is accepted.
    void post(std::uint32_t number);
    /// The id that the client was told.
    std::optional<jobs::JobId> accepted(std::uint32_t number) const;
    MemoryRows::Row& row(std::uint32_t number);
    /// Every withdraw that is posted has been accepted and is completed or failed.
    bool all_final() const;

    /// Blocks come, a beat of a millisecond after the other, until `done()`; false where that takes
    /// too many beats.
    base::Task<bool> live_until(std::function<bool()> done, std::size_t beats = 20'000);

  private:
    void start_client(std::uint32_t number);
    static base::Task<void> client(RelayWorld* world, std::uint32_t number);

    const solana::Keypair& payer_;
    jobs::Engine::Settings settings_;
    base::TaskGroup clients_;
    std::unique_ptr<FaultyLedger> faulty_ledger_;
    std::unique_ptr<FaultySchedule> faulty_schedule_;
    std::unique_ptr<FaultyRpc> faulty_rpc_;
    std::map<std::uint32_t, std::optional<jobs::JobId>> posted_;
};

} // namespace relay::test
