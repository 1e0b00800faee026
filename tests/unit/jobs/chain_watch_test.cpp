// Withdraws that wait for their root, or for the pool's lamports: what it costs them, and when they
// go on.

#include "relay/jobs/chain_watch.hpp"

#include "relay/base/encoding.hpp"
#include "relay/jobs/engine.hpp"
#include "relay/jobs/job.hpp"
#include "relay/solana/keypair.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/units.hpp"
#include "support/base/manual_clock.hpp"
#include "support/base/run_task.hpp"
#include "support/jobs/fault_plan.hpp"
#include "support/jobs/relay_process.hpp"
#include "support/jobs/relay_world.hpp"
#include "support/rpc/fake_chain.hpp"
#include "support/solana/relay_keypair.hpp"
#include "support/solana/samples.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relay::test {
namespace {

using jobs::JobStatus;
using std::chrono::milliseconds;

class ChainWatchTest : public testing::Test {
  protected:
    static jobs::Engine::Settings settings() {
        auto settings = RelayWorld::watching_settings();
        settings.retry.pool_patience = std::chrono::seconds(60);
        settings.retry.first_pool_delay = std::chrono::seconds(1);
        settings.retry.longest_pool_delay = std::chrono::seconds(5);
        return settings;
    }

    explicit ChainWatchTest(const jobs::Engine::Settings& chosen = settings())
        : world_(clock_, payer_, chosen) {}

    ~ChainWatchTest() override {
        if (world_.process) {
            run_task(clock_, world_.kill());
        }
    }

    void start(std::vector<solana::Hash> roots = {}) {
        world_.chain.hide_root(make_withdraw(1).root);
        world_.chain.open_pool(vector_plan(), std::move(roots));
        world_.start();
        ASSERT_TRUE(live_until([this] { return world_.process->worker().has_room(); }));
    }

    bool live_until(std::function<bool()> done, std::size_t beats = 20'000) {
        return run_task(clock_, world_.live_until(std::move(done), beats));
    }

    void live(std::size_t beats) {
        live_until([] { return false; }, beats);
    }

    void post(std::uint32_t number) {
        world_.post(number);
        ASSERT_TRUE(live_until([&] { return world_.accepted(number).has_value(); }));
    }

    bool waits(std::uint32_t number, const std::string& code) {
        return live_until([&] {
            const auto& view = world_.row(number).view;
            return view.status == JobStatus::Queued && view.error && view.error->code == code;
        });
    }

    std::size_t calls(const char* name) const { return world_.plan->calls(name); }

    boost::asio::io_context io_;
    ManualClock clock_{io_};
    const solana::Keypair payer_ = load_relay_keypair();
    RelayWorld world_;
};

TEST_F(ChainWatchTest, AWithdrawWaitsForItsRootAndGoesAsItComes) {
    start();
    const auto sends = calls("send");
    post(1);
    ASSERT_TRUE(waits(1, "root_not_found"));
    live(300);
    EXPECT_EQ(calls("send"), sends) << "it was sent though its root is missing";
    EXPECT_TRUE(world_.row(1).signatures.empty());
    world_.chain.push_root(make_withdraw(1).root);
    const auto began = clock_.now();
    ASSERT_TRUE(live_until([this] { return world_.all_final(); }));
    EXPECT_LT(clock_.now() - began, milliseconds(100)) << "it slept on";
    EXPECT_EQ(world_.row(1).view.status, JobStatus::Completed);
    EXPECT_EQ(world_.row(1).view.retry_count, 0);
}

TEST_F(ChainWatchTest, ManyWaitAndAllGo) {
    start();
    for (std::uint32_t number = 1; number <= 30; ++number) {
        world_.chain.hide_root(make_withdraw(number).root);
        world_.post(number);
    }
    ASSERT_TRUE(live_until([this] { return world_.rows.jobs.size() == 30; }));
    live(500);
    for (std::uint32_t number = 1; number <= 30; ++number) {
        world_.chain.push_root(make_withdraw(number).root);
    }
    ASSERT_TRUE(live_until([this] { return world_.all_final(); }, 500));
    EXPECT_EQ(world_.chain.taken().size(), 30U);
}

TEST_F(ChainWatchTest, APoolThatIsTooPoorIsWaitedFor) {
    start({make_withdraw(1).root});
    world_.chain.push_root(make_withdraw(1).root);
    const auto amount = make_withdraw(1).amount;
    world_.chain.set_lamports(vector_plan().accounts.pool, {amount.value - 1});
    live(60);
    post(1);
    ASSERT_TRUE(waits(1, "pool_short_of_lamports"));
    world_.chain.set_lamports(vector_plan().accounts.pool, amount);
    ASSERT_TRUE(live_until([this] { return world_.all_final(); }, 100));
    EXPECT_EQ(world_.row(1).view.retry_count, 0);
}

// Nobody remembers who waited, and the job is due by itself.
TEST_F(ChainWatchTest, AnotherProcessGoesOnWithWhatWaited) {
    start();
    post(1);
    ASSERT_TRUE(waits(1, "root_not_found"));
    run_task(clock_, world_.kill());
    world_.start();
    world_.chain.push_root(make_withdraw(1).root);
    ASSERT_TRUE(live_until([this] { return world_.all_final(); }, 10'000));
    EXPECT_EQ(world_.row(1).view.status, JobStatus::Completed);
    EXPECT_EQ(world_.row(1).view.retry_count, 0);
}

TEST_F(ChainWatchTest, TheWatchBringsNoHarmWhereTheLedgerIsAway) {
    start();
    post(1);
    ASSERT_TRUE(waits(1, "root_not_found"));
    world_.ledger.set_away(true);
    world_.chain.push_root(make_withdraw(1).root);
    live(50);
    world_.ledger.set_away(false);
    ASSERT_TRUE(live_until([this] { return world_.all_final(); }, 10'000));
    EXPECT_EQ(world_.row(1).view.retry_count, 0);
}

// The others have the root: the one that has not is behind, or lies.
TEST_F(ChainWatchTest, OneNodesWordKeepsNobodyWaiting) {
    start();
    world_.chain.push_root(make_withdraw(1).root);
    world_.chain.set_account_data(vector_plan().accounts.roots_ring, base::Bytes(8 + 64 * 32));
    live(10);
    world_.chain.set_agreeing_otherwise(true);
    post(1);
    ASSERT_TRUE(live_until([this] { return world_.all_final(); }, 200));
    EXPECT_EQ(world_.row(1).view.status, JobStatus::Completed);
}

TEST_F(ChainWatchTest, AnEarlierReadingMakesNobodyWait) {
    start({make_withdraw(1).root});
    world_.chain.push_root(make_withdraw(1).root);
    live(60);
    world_.chain.set_reports_behind(50);
    world_.chain.set_account_data(vector_plan().accounts.roots_ring, base::Bytes(8 + 64 * 32));
    live(20);
    post(1);
    ASSERT_TRUE(live_until([this] { return world_.all_final(); }, 100));
}

TEST_F(ChainWatchTest, WithoutAReadingAllGoesAsEver) {
    world_.chain.hide_root(make_withdraw(1).root); // there is no pool to be read
    world_.start();
    ASSERT_TRUE(live_until([this] { return world_.process->worker().has_room(); }));
    post(1);
    ASSERT_TRUE(live_until([this] { return world_.row(1).view.retry_count == 1; }));
    world_.chain.push_root(make_withdraw(1).root);
    ASSERT_TRUE(live_until([this] { return world_.all_final(); }));
}

TEST_F(ChainWatchTest, TellsWhatItReads) {
    start();
    world_.chain.spend(make_withdraw(9).nullifier);
    live(60);
    const auto text = world_.process->metrics();
    for (const auto* line :
         {"\nrelay_shard_used 1\n", "\nrelay_shard_capacity 319\n", "\nrelay_pool_roots 0\n",
          "\nrelay_jobs_held 0\n", "\nrelay_pool_balance_lamports 1000000000000\n",
          "relay_last_good_read_age_seconds{dependency=\"pool\"}"}) {
        EXPECT_NE(text.find(line), std::string::npos) << line;
    }
}

TEST_F(ChainWatchTest, WhatWasNeverReadIsAbsent) {
    world_.start();
    live(60);
    EXPECT_EQ(world_.process->metrics().find("relay_shard"), std::string::npos);
}

TEST_F(ChainWatchTest, AsksSeldomWhileThereIsNothingToDo) {
    start();
    live(1'000);
    const auto before = calls("accounts");
    live(1'000);
    EXPECT_LE(calls("accounts") - before, 21U); // 50 ms apart
    post(1);
    const auto idle = calls("accounts");
    live(300);
    EXPECT_GE(calls("accounts") - idle, 50U);
}

class ImpatientTest : public ChainWatchTest {
  protected:
    static jobs::Engine::Settings impatient() {
        auto settings = ChainWatchTest::settings();
        settings.retry.pool_patience = milliseconds(200);
        return settings;
    }
    ImpatientTest() : ChainWatchTest(impatient()) {}
};

TEST_F(ImpatientTest, ARootThatDoesNotComeIsTheEndOfPatience) {
    start();
    post(1);
    ASSERT_TRUE(waits(1, "root_not_found"));
    const auto began = clock_.now();
    ASSERT_TRUE(live_until([this] { return world_.all_final(); }));
    EXPECT_NEAR(std::chrono::duration<double>(clock_.now() - began).count(), 0.2, 0.05);
    const auto& view = world_.row(1).view;
    EXPECT_EQ(view.status, JobStatus::Failed);
    EXPECT_EQ(view.error->code, "root_not_found");
    EXPECT_EQ(view.retry_count, 0);
    EXPECT_TRUE(world_.chain.taken().empty());
}

} // namespace
} // namespace relay::test
