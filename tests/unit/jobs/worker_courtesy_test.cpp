// The worker lets a burst of withdraws be accepted before it claims them.

#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/solana/keypair.hpp"
#include "support/jobs.hpp"
#include "support/relay_keypair.hpp"
#include "support/relay_process.hpp"
#include "support/relay_world.hpp"
#include "support/run_task.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

namespace relay::test {
namespace {

/// Posts without a pause: a batch of the ledger is always under way.
base::Task<void> keep_posting(jobs::Ledger* ledger, std::uint32_t number, const bool* goes_on) {
    for (int turn = 0; turn < 2 * static_cast<int>(number % 2); ++turn) {
        co_await base::yield(); // not in one batch with the other
    }
    for (; *goes_on; number += 2) {
        co_await ledger->insert(make_new_job(number));
    }
}

class WorkerCourtesyTest : public testing::Test {
  protected:
    /// A relay that has claimed a job a moment ago, and clients that never cease to post.
    void start(std::chrono::milliseconds courtesy) {
        auto settings = RelayWorld::quick_settings();
        settings.worker.courtesy = courtesy;
        world_.emplace(io_, payer_, settings);
        world_->post(1);
        world_->start();
        ASSERT_TRUE(live_until([this] { return world_->all_final(); }));
        clients_.spawn("one", keep_posting(&world_->process->ledger(), 1'000, &goes_on_));
        clients_.spawn("other", keep_posting(&world_->process->ledger(), 1'001, &goes_on_));
        world_->post(2);
        ASSERT_TRUE(live_until([this] { return world_->accepted(2).has_value(); }));
    }

    ~WorkerCourtesyTest() override {
        goes_on_ = false;
        run_task(io_, clients_.join());
        run_task(io_, world_->kill());
    }

    bool live_until(std::function<bool()> done, std::size_t beats = 5'000) {
        return run_task(io_, world_->live_until(std::move(done), beats));
    }

    bool is_queued() { return world_->row(2).view.status == jobs::JobStatus::Queued; }

    boost::asio::io_context io_;
    const solana::Keypair payer_ = load_relay_keypair();
    std::optional<RelayWorld> world_;
    bool goes_on_ = true;
    base::TaskGroup clients_{io_.get_executor(), [](auto, auto) { ADD_FAILURE(); }};
};

TEST_F(WorkerCourtesyTest, ClaimsWaitWhileWithdrawsComeIn) {
    start(std::chrono::hours(1));
    live_until([] { return false; }, 100);
    EXPECT_TRUE(world_->process->ledger().is_accepting());
    EXPECT_TRUE(is_queued());
    goes_on_ = false;
    EXPECT_TRUE(live_until([this] { return !is_queued(); }));
}

TEST_F(WorkerCourtesyTest, ButNoLongerThanItsTime) {
    start(std::chrono::milliseconds(5));
    EXPECT_TRUE(live_until([this] { return !is_queued(); }));
    EXPECT_TRUE(world_->process->ledger().is_accepting());
}

} // namespace
} // namespace relay::test
