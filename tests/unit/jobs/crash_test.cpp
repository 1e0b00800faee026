// The crash test: a relay whose Nth call to the world goes wrong, for every N and in every way;
// where that was its death, another takes over once the leases have run out. Whatever N: each
// withdraw is paid exactly once, or fails for good unpaid, and at no moment could two transactions
// of one withdraw have landed.

#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/jobs/engine.hpp"
#include "relay/jobs/job.hpp"
#include "relay/solana/keypair.hpp"
#include "support/base/manual_clock.hpp"
#include "support/base/run_task.hpp"
#include "support/jobs/fault_plan.hpp"
#include "support/jobs/jobs.hpp"
#include "support/jobs/relay_world.hpp"
#include "support/rpc/fake_chain.hpp"
#include "support/solana/relay_keypair.hpp"
#include "support/solana/samples.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace relay::test {
namespace {

using jobs::JobStatus;
using std::chrono::milliseconds;

struct Scenario {
    std::string name;
    std::uint32_t withdraws = 1;
    /// Posted to a relay that has room, so that they have a head start; else before it is ready.
    bool head_starts = false;
    /// None: every withdraw is to be completed, whatever goes wrong.
    std::string failure_code = {};
    /// Whether the chain itself may cost retries.
    bool retries = false;
    /// The pool's accounts are read all the time, and not once alone.
    bool watched = false;
    /// With a root that is missing: longer than a dead relay's lease.
    milliseconds patience{2'000};
    void (*prepare)(RelayWorld& world) = [](RelayWorld&) {};
    /// After so many beats the chain is as it should be.
    std::size_t mended_after = 0;
    void (*mend)(RelayWorld& world) = [](RelayWorld&) {};

    friend void PrintTo(const Scenario& scenario, std::ostream* out) { *out << scenario.name; }
};

const std::vector<Fault> kFaults = {Fault::ErrorBefore, Fault::ErrorAfter, Fault::DeathBefore,
                                    Fault::DeathAfter};

/// What goes wrong in one run.
struct Trouble {
    std::size_t call = 0; ///< 0: nothing
    Fault fault = Fault::ErrorBefore;
    std::size_t death_after = 0; ///< so many calls later; 0: not

    std::string describe() const {
        return "call " + std::to_string(call) + ": " + to_string(fault) +
               (death_after > 0 ? ", then death " + std::to_string(death_after) + " calls later"
                                : "");
    }
};

struct Run {
    const Scenario& scenario;
    Trouble trouble;
    RelayWorld world;
    std::string trace;
    std::size_t calls = 0;
    bool ended = false;

    Run(ManualClock& clock, const solana::Keypair& payer, const Scenario& tried, Trouble wrong)
        : scenario(tried), trouble(wrong), world(clock, payer, settings_for(tried)) {}

    static jobs::Engine::Settings settings_for(const Scenario& scenario) {
        auto settings =
            scenario.watched ? RelayWorld::watching_settings() : RelayWorld::quick_settings();
        settings.retry.pool_patience = scenario.patience;
        return settings;
    }
};

base::Task<void> live(Run* run) {
    RelayWorld& world = run->world;
    const Scenario& scenario = run->scenario;
    scenario.prepare(world);
    FaultPlan plan;
    if (run->trouble.call > 0) {
        plan.at(run->trouble.call, run->trouble.fault);
        if (run->trouble.death_after > 0) {
            plan.at(run->trouble.call + run->trouble.death_after, Fault::DeathBefore);
        }
    }
    world.start(plan);
    if (scenario.head_starts) {
        const auto ready = [&world] {
            return world.plan->dead() || world.process->worker().has_room();
        };
        run->ended = co_await world.live_until(ready);
    }
    for (std::uint32_t number = 1; number <= scenario.withdraws; ++number) {
        world.post(number);
    }
    std::size_t beats = 0;
    const auto over = [run, &beats] {
        if (++beats == run->scenario.mended_after) {
            run->scenario.mend(run->world);
        }
        return run->world.plan->dead() ||
               (run->world.all_final() && run->world.process->worker().in_flight() == 0);
    };
    run->ended = co_await world.live_until(over);
    run->calls = world.plan->calls();
    run->trace = world.plan->trace();
    if (world.plan->dead()) {
        co_await world.kill();
        world.clock.advance(RelayWorld::quick_settings().claims.lease);
        run->trace += "\n  --- another process";
        world.start();
        run->ended = co_await world.live_until(over);
        run->trace += world.plan->trace();
    }
    co_await world.shut_down();
    for (const auto& failure : world.process->failures()) {
        ADD_FAILURE() << "a coroutine ended by " << failure;
    }
}

void check(Run& run) {
    SCOPED_TRACE(run.scenario.name + ", " + run.trouble.describe() + run.trace);
    ASSERT_TRUE(run.ended) << "the withdraws came to no end";
    RelayWorld& world = run.world;
    EXPECT_EQ(world.chain.double_risks(), std::vector<std::string>{});
    for (std::uint32_t number = 1; number <= run.scenario.withdraws; ++number) {
        const auto& row = world.row(number);
        const auto landed = world.chain.landed(row.withdraw.nullifier);
        if (!run.scenario.failure_code.empty()) {
            EXPECT_EQ(row.view.status, JobStatus::Failed);
            EXPECT_EQ(row.view.error.value_or(jobs::JobError{}).code, run.scenario.failure_code);
            EXPECT_TRUE(landed.empty());
            EXPECT_FALSE(row.view.tx_id.has_value());
            continue;
        }
        EXPECT_EQ(row.view.status, JobStatus::Completed);
        EXPECT_EQ(landed.size(), 1U);
        EXPECT_EQ(row.view.tx_id, landed.empty() ? std::nullopt : std::optional(landed.front()));
        EXPECT_TRUE(world.rows.nullifiers.contains(row.withdraw.nullifier));
        if (!run.scenario.retries) {
            EXPECT_EQ(row.view.retry_count, 0) << "an outage cost a retry";
        }
    }
    EXPECT_EQ(world.rows.jobs.size(), run.scenario.withdraws);
}

/// The number of calls that the relay made.
std::size_t run_one(const Scenario& scenario, const solana::Keypair& payer, Trouble trouble) {
    boost::asio::io_context io;
    ManualClock clock(io);
    Run run(clock, payer, scenario, trouble);
    try {
        run_task(clock, live(&run));
    } catch (const std::exception& error) {
        std::cerr << scenario.name << ", " << trouble.describe() << ": " << error.what()
                  << run.trace << (run.world.plan ? run.world.plan->trace() : "") << '\n';
        std::abort(); // what still runs cannot be taken apart
    }
    check(run);
    return run.calls;
}

class CrashTest : public testing::TestWithParam<Scenario> {};

TEST_P(CrashTest, EveryCallInEveryWay) {
    const auto payer = load_relay_keypair();
    run_one(GetParam(), payer, {});
    constexpr std::size_t kMostCalls = 100;
    for (std::size_t call = 1, calls = 1; call <= calls && !HasFailure(); ++call) {
        std::vector<Trouble> troubles;
        for (const auto fault : kFaults) {
            troubles.push_back({call, fault});
        }
        for (const std::size_t later : {1U, 2U}) {
            troubles.push_back({call, Fault::ErrorBefore, later});
            troubles.push_back({call, Fault::ErrorAfter, later});
        }
        for (const auto& trouble : troubles) {
            calls = std::max(calls, std::min(run_one(GetParam(), payer, trouble), kMostCalls));
            if (HasFailure()) {
                break; // one story at a time
            }
        }
    }
}

const std::vector<Scenario> kScenarios = {
    {.name = "One"},
    {.name = "Three", .withdraws = 3},
    {.name = "SlowToConfirm",
     .prepare = [](RelayWorld& world) { world.chain.set_confirmation_depth(5); }},
    {.name = "StatusesForgotten",
     .prepare =
         [](RelayWorld& world) {
             world.chain.set_forgetful(true);
             world.blocks_a_beat = 10;
         }},
    {.name = "DroppedUntilItExpires",
     .prepare =
         [](RelayWorld& world) {
             world.chain.set_dropping(true);
             world.blocks_a_beat = 10;
         },
     .mended_after = 25,
     .mend = [](RelayWorld& world) { world.chain.set_dropping(false); }},
    {.name = "RootUnknownAtFirst",
     .retries = true,
     .prepare = [](RelayWorld& world) { world.chain.hide_root(make_withdraw(1).root); },
     .mended_after = 10,
     .mend = [](RelayWorld& world) { world.chain.push_root(make_withdraw(1).root); }},
    {.name = "RootSeenToCome",
     .retries = true, // where the pool could not be read
     .watched = true,
     .prepare =
         [](RelayWorld& world) {
             world.chain.open_pool(vector_plan(), {});
             world.chain.hide_root(make_withdraw(1).root);
         },
     .mended_after = 15,
     .mend = [](RelayWorld& world) { world.chain.push_root(make_withdraw(1).root); }},
    {.name = "RootNeverComes",
     .failure_code = "root_not_found",
     .watched = true,
     .patience = milliseconds(100),
     .prepare =
         [](RelayWorld& world) {
             world.chain.open_pool(vector_plan(), {});
             world.chain.hide_root(make_withdraw(1).root);
         }},
    {.name = "ProofInvalid",
     .failure_code = "proof_invalid",
     .retries = true,
     .prepare =
         [](RelayWorld& world) {
             world.chain.set_verdict(make_withdraw(1).nullifier, program_error(0x1010));
             world.blocks_a_beat = 10;
         }},
    {.name = "ProofInvalidOnlyOnChain",
     .failure_code = "proof_invalid",
     .retries = true,
     .prepare =
         [](RelayWorld& world) {
             world.chain.set_verdict(make_withdraw(1).nullifier, program_error(0x1010), false);
         }},
    {.name = "RetriesUsedUp",
     .failure_code = "root_not_found",
     .retries = true,
     .prepare = [](RelayWorld& world) { world.chain.hide_root(make_withdraw(1).root); }},
    {.name = "QueueAway", .prepare = [](RelayWorld& world) { world.schedule.set_away(true); }},
};

std::vector<Scenario> with_head_starts(std::vector<Scenario> scenarios) {
    for (auto& scenario : scenarios) {
        scenario.head_starts = true;
    }
    return scenarios;
}

std::string name_of(const testing::TestParamInfo<Scenario>& instance) {
    return instance.param.name;
}

INSTANTIATE_TEST_SUITE_P(Queued, CrashTest, testing::ValuesIn(kScenarios), name_of);
INSTANTIATE_TEST_SUITE_P(WithAHeadStart, CrashTest, testing::ValuesIn(with_head_starts(kScenarios)),
                         name_of);

} // namespace
} // namespace relay::test
