#include "support/jobs/relay_world.hpp"

#include "relay/base/client_key.hpp"
#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/engine.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/solana/keypair.hpp"
#include "support/base/manual_clock.hpp"
#include "support/jobs/fault_plan.hpp"
#include "support/jobs/relay_process.hpp"
#include "support/solana/samples.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace relay::test {

using jobs::JobStatus;
using std::chrono::milliseconds;

jobs::Engine::Settings RelayWorld::quick_settings() {
    jobs::Engine::Settings settings;
    settings.plan = vector_plan();
    settings.sizes.fixed = kBudget.units;
    settings.prices.rules.fixed = kBudget.price;
    settings.claims.lease = milliseconds(600);
    settings.poll_interval = milliseconds(1);
    settings.retry = {.max_retries = 3,
                      .base_delay = milliseconds(20),
                      .max_delay = milliseconds(200),
                      .outage_delay = milliseconds(20),
                      .proof_delay = milliseconds(20),
                      .max_signatures = 3};
    settings.chain.min_balance = {10'000'000};
    settings.chain.interval = milliseconds(10);
    settings.chain.trial_interval = milliseconds(5);
    settings.retry.pool_patience = milliseconds(2'000);
    settings.retry.first_pool_delay = milliseconds(20);
    settings.retry.longest_pool_delay = milliseconds(200);
    settings.reconciler.interval = milliseconds(2);
    // One look at the start: what they do again and again is tested elsewhere.
    settings.stores.interval = std::chrono::hours(1);
    settings.probe.interval = std::chrono::hours(1);
    settings.finality.interval = std::chrono::hours(1);
    settings.watch.busy_interval = settings.watch.idle_interval = std::chrono::hours(1);
    settings.tracker = {.shortest_poll = milliseconds(1),
                        .shortest_resend = milliseconds(3),
                        .least_life = milliseconds(0),
                        .expiry_interval = milliseconds(3),
                        .proof_patience = milliseconds(20),
                        .patience = milliseconds(50)};
    return settings;
}

jobs::Engine::Settings RelayWorld::watching_settings() {
    auto settings = quick_settings();
    settings.retry.pool_patience = milliseconds(100);
    settings.watch = {.busy_interval = milliseconds(3),
                      .idle_interval = milliseconds(50),
                      .work_lasts = milliseconds(50),
                      .good_for = milliseconds(100),
                      .comparison_interval = milliseconds(20),
                      .minimum_interval = milliseconds(500)};
    return settings;
}

RelayWorld::RelayWorld(ManualClock& time, const solana::Keypair& payer,
                       jobs::Engine::Settings settings)
    : clock(time),
      payer_(payer),
      settings_(settings),
      clients_(time, [](std::string_view, const std::exception_ptr& failure) {
          std::rethrow_exception(failure);
      }) {}

RelayWorld::~RelayWorld() = default;

void RelayWorld::start(FaultPlan faults) {
    plan = std::make_unique<FaultPlan>(std::move(faults));
    faulty_ledger_ = std::make_unique<FaultyLedger>(ledger, *plan);
    faulty_schedule_ = std::make_unique<FaultySchedule>(schedule, *plan);
    faulty_rpc_ = std::make_unique<FaultyRpc>(chain, *plan);
    process = std::make_unique<RelayProcess>(clock, payer_, *faulty_ledger_, *faulty_schedule_,
                                             *faulty_rpc_, settings_);
    process->start();
    for (const auto& [number, id] : posted_) {
        if (!id) {
            start_client(number);
        }
    }
}

base::Task<void> RelayWorld::kill() {
    plan->take_apart();
    clients_.cancel();
    co_await clients_.join();
    co_await process->die();
    process.reset();
}

base::Task<void> RelayWorld::shut_down() {
    plan->disarm();
    clients_.cancel();
    co_await clients_.join();
    co_await process->shut_down();
}

void RelayWorld::post(std::uint32_t number) {
    posted_[number] = std::nullopt;
    if (process) {
        start_client(number);
    }
}

void RelayWorld::start_client(std::uint32_t number) {
    clients_.spawn("client", client(this, number));
}

base::Task<void> RelayWorld::client(RelayWorld* world, std::uint32_t number) {
    for (;;) {
        bool away = false;
        try {
            const auto answer =
                co_await world->process->intake().accept(make_withdraw(number), base::ClientKey());
            world->posted_[number] = answer.id;
            co_return;
        } catch (const base::Outage&) {
            away = true;
        }
        if (away) {
            co_await world->clock.sleep_for(milliseconds(1));
        }
    }
}

std::optional<jobs::JobId> RelayWorld::accepted(std::uint32_t number) const {
    return posted_.at(number);
}

MemoryRows::Row& RelayWorld::row(std::uint32_t number) {
    return rows.jobs.at(accepted(number).value());
}

bool RelayWorld::all_final() const {
    return std::ranges::all_of(posted_, [this](const auto& posted) {
        if (!posted.second) {
            return false;
        }
        const auto status = rows.jobs.at(*posted.second).view.status;
        return status == JobStatus::Completed || status == JobStatus::Failed;
    });
}

base::Task<bool> RelayWorld::live_until(std::function<bool()> done, std::size_t beats) {
    while (!done()) {
        if (beats-- == 0) {
            co_return false;
        }
        co_await clock.sleep_for(milliseconds(1));
        chain.advance(blocks_a_beat);
    }
    co_return true;
}

} // namespace relay::test
