#include "relay/jobs/fleet.hpp"

#include "relay/base/client_key.hpp"
#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/jobs/fleet_state.hpp"
#include "relay/jobs/intake.hpp"
#include "relay/jobs/operator_ledger.hpp"
#include "relay/jobs/worker.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/solana/keypair.hpp"
#include "support/base/manual_clock.hpp"
#include "support/base/run_task.hpp"
#include "support/jobs/relay_world.hpp"
#include "support/solana/relay_keypair.hpp"
#include "support/solana/samples.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace relay::test {
namespace {

using jobs::Acceptance;
using jobs::FleetMode;
using jobs::FleetState;
using jobs::JobStatus;
using std::chrono::milliseconds;

/// Answers what is asked of the fleet, and nothing else.
class FleetLedger final : public jobs::OperatorLedger {
  public:
    FleetState state;
    bool away = false;
    /// While an answer is under way.
    std::function<void()> meanwhile = [] {};

    base::Task<FleetState> fleet() override {
        if (away) {
            throw base::Outage("away");
        }
        auto answer = state;
        meanwhile();
        co_return answer;
    }

    base::Task<jobs::JobPage> list(jobs::JobFilter, std::optional<jobs::ListPosition>,
                                   std::size_t) override {
        throw std::logic_error("not asked here");
    }
    base::Task<std::optional<jobs::JobRecord>> read(jobs::JobId, bool) override {
        throw std::logic_error("not asked here");
    }
    base::Task<jobs::Intervention> retry(jobs::JobId, std::string, bool) override {
        throw std::logic_error("not asked here");
    }
    base::Task<jobs::Intervention> discard(jobs::JobId, std::string) override {
        throw std::logic_error("not asked here");
    }
    base::Task<FleetState> set_fleet(FleetState, std::string) override {
        throw std::logic_error("not asked here");
    }
    base::Task<jobs::ChangePage> changes(std::optional<std::int64_t>, std::size_t) override {
        throw std::logic_error("not asked here");
    }
};

class FleetTest : public testing::Test {
  protected:
    FleetTest() {
        world_.start();
        fleet_.emplace(jobs::Fleet::Tools{clock_, ledger_, world_.process->intake(),
                                          &world_.process->worker(), metrics_});
        loop_.spawn("fleet", fleet_->run());
    }
    ~FleetTest() override {
        loop_.cancel();
        run_task(clock_, loop_.join());
        run_task(clock_, world_.kill());
    }

    void tell(FleetMode mode) {
        ledger_.state.mode = mode;
        pass(clock_, jobs::Fleet::kInterval + milliseconds(1));
    }

    Acceptance::Kind accept(std::uint32_t number) {
        return run_task(clock_,
                        world_.process->intake().accept(make_withdraw(number), base::ClientKey()))
            .kind;
    }

    /// A little while, in which a worker that may claim would have.
    void live() {
        run_task(clock_, world_.live_until([] { return false; }, 50));
    }

    JobStatus only_status() { return world_.rows.jobs.begin()->second.view.status; }

    bool shows(const std::string& line) {
        return metrics_.text().find("\n" + line + "\n") != std::string::npos;
    }

    boost::asio::io_context io_;
    ManualClock clock_{io_};
    const solana::Keypair payer_ = load_relay_keypair();
    RelayWorld world_{clock_, payer_};
    FleetLedger ledger_;
    observability::MetricsRegistry metrics_;
    base::TaskGroup loop_{clock_,
                          [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); }};
    std::optional<jobs::Fleet> fleet_;
};

TEST_F(FleetTest, PausedItAcceptsAndClaimsNothingUntilItIsResumed) {
    tell(FleetMode::Paused);
    EXPECT_EQ(accept(1), Acceptance::Kind::Accepted);
    live();
    EXPECT_EQ(only_status(), JobStatus::Queued);
    EXPECT_TRUE(shows("relay_worker_paused 1") && shows("relay_worker_draining 0"));
    tell(FleetMode::Running);
    EXPECT_TRUE(run_task(
        clock_, world_.live_until([this] { return only_status() == JobStatus::Completed; })));
    EXPECT_TRUE(shows("relay_worker_paused 0"));
}

TEST_F(FleetTest, WhatWasReadBeforeAChangeDoesNotUndoIt) {
    FleetState told;
    told.mode = FleetMode::Paused;
    ledger_.meanwhile = [&] { fleet_->obey(told); }; // asked of this relay
    run_task(clock_, fleet_->look());
    EXPECT_EQ(fleet_->state().mode, FleetMode::Paused);
    ledger_.meanwhile = [] {};
    ledger_.state = told;
    run_task(clock_, fleet_->look());
    EXPECT_EQ(fleet_->state().mode, FleetMode::Paused);
}

TEST_F(FleetTest, DrainingItAcceptsNothingAndPaysWhatItHas) {
    tell(FleetMode::Paused);
    EXPECT_EQ(accept(1), Acceptance::Kind::Accepted);
    tell(FleetMode::Draining);
    EXPECT_EQ(accept(2), Acceptance::Kind::Draining);
    EXPECT_TRUE(shows("relay_worker_paused 0") && shows("relay_worker_draining 1"));
    EXPECT_TRUE(run_task(
        clock_, world_.live_until([this] { return only_status() == JobStatus::Completed; })));
    tell(FleetMode::Running);
    EXPECT_EQ(accept(2), Acceptance::Kind::Accepted);
}

TEST_F(FleetTest, WithoutTheLedgerItKeepsToWhatItKnows) {
    tell(FleetMode::Draining);
    ledger_.away = true;
    tell(FleetMode::Running);
    EXPECT_EQ(fleet_->state().mode, FleetMode::Draining);
    EXPECT_EQ(accept(1), Acceptance::Kind::Draining);
    ledger_.away = false;
    tell(FleetMode::Running);
    EXPECT_EQ(accept(1), Acceptance::Kind::Accepted);
}

TEST(Fleet, AnInstanceWithoutAWorkerDrainsToo) {
    boost::asio::io_context io;
    ManualClock clock(io);
    const auto payer = load_relay_keypair();
    RelayWorld world(clock, payer);
    world.start();
    FleetLedger ledger;
    ledger.state = {FleetMode::Draining, "maintenance", std::nullopt};
    observability::MetricsRegistry metrics;
    jobs::Fleet fleet({clock, ledger, world.process->intake(), nullptr, metrics});
    run_task(clock, fleet.look());
    EXPECT_TRUE(world.process->intake().is_draining());
    EXPECT_EQ(fleet.state(), ledger.state);
    run_task(clock, world.kill());
}

} // namespace
} // namespace relay::test
