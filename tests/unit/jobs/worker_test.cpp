// The worker with all it works with, over fakes: what becomes of single jobs.

#include "relay/jobs/worker.hpp"

#include "relay/base/task.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/rpc/confirmation.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/keypair.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/transaction.hpp"
#include "support/base/manual_clock.hpp"
#include "support/base/run_task.hpp"
#include "support/jobs/jobs.hpp"
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

class WorkerTest : public testing::Test {
  protected:
    ~WorkerTest() override {
        if (world_.process) {
            run_task(clock_, world_.kill());
        }
    }

    template <class T>
    T wait(base::Task<T> task) {
        return run_task(clock_, std::move(task));
    }

    /// Starts a process and lets it live until the posted withdraws are final.
    void finish() {
        if (!world_.process) {
            world_.start();
        }
        ASSERT_TRUE(wait(world_.live_until([this] { return world_.all_final(); })));
        EXPECT_EQ(world_.chain.double_risks(), std::vector<std::string>{});
        EXPECT_EQ(world_.process->failures(), std::vector<std::string>{});
    }

    bool live_until(std::function<bool()> done, std::size_t beats = 5'000) {
        return wait(world_.live_until(std::move(done), beats));
    }

    void live_for(std::size_t beats) {
        live_until([] { return false; }, beats);
    }

    /// The job's row, put into the ledger without a word to anybody.
    jobs::Job put_and_claim(std::uint32_t number, milliseconds lease = milliseconds(600)) {
        wait(world_.ledger.insert({make_new_job(number)}));
        return wait(world_.ledger.claim({make_job_id(number)}, lease)).at(0);
    }

    solana::SavedTransaction signed_for(const jobs::Job& job) {
        const auto blockhash = wait(world_.chain.latest_blockhash()).value();
        auto made = solana::sign_transaction(
            payer_, solana::withdraw_instructions(vector_plan(), kBudget, job.withdraw),
            blockhash.blockhash);
        return {made.signature, std::move(made.wire), blockhash.last_valid_block_height};
    }

    MemoryRows::Row& raw_row(std::uint32_t number) {
        return world_.rows.jobs.at(make_job_id(number));
    }

    boost::asio::io_context io_;
    ManualClock clock_{io_};
    const solana::Keypair payer_ = load_relay_keypair();
    RelayWorld world_{clock_, payer_};
};

TEST_F(WorkerTest, CompletesAWithdrawWithTheSignatureThatLanded) {
    world_.post(1);
    finish();
    const auto& row = world_.row(1);
    ASSERT_EQ(row.view.status, JobStatus::Completed);
    const auto landed = world_.chain.landed(row.withdraw.nullifier);
    ASSERT_EQ(landed.size(), 1U);
    EXPECT_EQ(row.view.tx_id, landed[0]);
    EXPECT_EQ(row.view.slot, world_.chain.taken().at(landed[0]).slot);
    EXPECT_EQ(row.view.retry_count, 0);
    EXPECT_TRUE(live_until([this] { return world_.process->worker().in_flight() == 0; }));
    EXPECT_NE(world_.process->metrics().find("\nrelay_jobs_completed_total 1\n"),
              std::string::npos);
}

TEST_F(WorkerTest, RunsNoMoreJobsAtOnceThanItHasSlotsFor) {
    world_.chain.set_dropping(true);
    for (std::uint32_t number = 1; number <= 25; ++number) {
        world_.post(number);
    }
    world_.start();
    live_for(60);
    EXPECT_EQ(world_.process->worker().in_flight(), 10U);
    EXPECT_EQ(wait(world_.ledger.count()).processing, 10U);
    world_.chain.set_dropping(false);
    finish();
}

TEST_F(WorkerTest, AStalledWorkerWhoseLeaseWasLostChangesNothing) {
    world_.post(1);
    world_.chain.set_dropping(true);
    world_.start();
    ASSERT_TRUE(live_until([this] { return world_.chain.calls("send") > 0; }));
    // Its lease runs out, and another relay claims the job and completes it.
    world_.clock.advance(RelayWorld::quick_settings().claims.lease);
    const auto id = world_.accepted(1).value();
    const auto other = wait(world_.ledger.claim({id}, std::chrono::hours(1))).at(0);
    const auto before = world_.row(1).view.updated_at;
    world_.chain.set_dropping(false);
    ASSERT_TRUE(live_until([this] { return world_.process->worker().in_flight() == 0; }));
    const auto& row = world_.row(1);
    EXPECT_EQ(row.view.status, JobStatus::Processing);
    EXPECT_EQ(row.view.updated_at, before);
    EXPECT_EQ(row.lease, other.lease);
    EXPECT_NE(world_.process->metrics().find("\nrelay_leases_lost_total 1\n"), std::string::npos);
}

// Its lease ran out unnoticed, and it claims its own job anew while the first try still waits.
TEST_F(WorkerTest, AJobClaimedTwiceByOneWorkerComesToItsEnd) {
    world_.post(1);
    world_.chain.set_dropping(true);
    world_.start();
    ASSERT_TRUE(live_until([this] { return world_.chain.calls("send") > 0; }));
    world_.clock.advance(RelayWorld::quick_settings().claims.lease);
    const auto first = world_.row(1).lease;
    ASSERT_TRUE(live_until([&] { return world_.row(1).lease != first; }));
    live_for(5);
    world_.chain.set_dropping(false);
    finish();
    EXPECT_EQ(world_.row(1).view.status, JobStatus::Completed);
    EXPECT_TRUE(live_until([this] { return world_.process->worker().in_flight() == 0; }));
}

TEST_F(WorkerTest, AnOutageCostsNoRetry) {
    world_.post(1);
    world_.chain.set_unavailable(true);
    world_.start();
    ASSERT_TRUE(live_until([this] { return world_.accepted(1).has_value(); }));
    live_for(100);
    EXPECT_EQ(world_.row(1).view.retry_count, 0);
    EXPECT_TRUE(world_.process->worker().trouble().has_value());
    world_.chain.set_unavailable(false);
    finish();
    EXPECT_EQ(world_.row(1).view.status, JobStatus::Completed);
    EXPECT_EQ(world_.row(1).view.retry_count, 0);
}

TEST_F(WorkerTest, AnOutageAfterTheSendCostsNoRetryAndNoSecondTransaction) {
    world_.post(1);
    world_.chain.lose_answers(1);
    world_.start();
    ASSERT_TRUE(live_until([this] { return world_.chain.calls("send") > 0; }));
    world_.chain.set_unavailable(true);
    live_for(100); // beyond the tracker's patience
    EXPECT_EQ(world_.row(1).view.status, JobStatus::Queued);
    EXPECT_EQ(world_.row(1).view.error.value().code, "rpc_unavailable");
    world_.chain.set_unavailable(false);
    finish();
    EXPECT_EQ(world_.row(1).view.status, JobStatus::Completed);
    EXPECT_EQ(world_.row(1).view.retry_count, 0);
    EXPECT_EQ(world_.chain.taken().size(), 1U);
}

TEST_F(WorkerTest, APoorPayerPausesAndCostsNothing) {
    world_.chain.set_balance({5});
    world_.post(1);
    world_.start();
    live_for(50);
    EXPECT_EQ(world_.chain.calls("send"), 0U);
    EXPECT_EQ(world_.row(1).view.status, JobStatus::Queued);
    EXPECT_TRUE(world_.process->worker().trouble().has_value());
    world_.chain.set_balance({1'000'000'000});
    finish();
    EXPECT_EQ(world_.row(1).view.retry_count, 0);
}

TEST_F(WorkerTest, RetriesThenDeadLetters) {
    world_.chain.hide_root(make_withdraw(1).root);
    world_.post(1);
    finish();
    const auto& row = world_.row(1);
    EXPECT_EQ(row.view.status, JobStatus::Failed);
    EXPECT_EQ(row.view.error.value().code, "root_not_found");
    EXPECT_EQ(row.view.retry_count, 3);
    EXPECT_EQ(row.history.size(), 4U);
    EXPECT_TRUE(world_.chain.taken().empty());
    EXPECT_TRUE(live_until([this] {
        const auto id = world_.accepted(1).value();
        return world_.schedule.is_failed(id) && !world_.schedule.is_scheduled(id);
    }));
}

TEST_F(WorkerTest, AnUnknownRootIsRetriedAndCompletesOnceItIsPushed) {
    world_.chain.hide_root(make_withdraw(1).root);
    world_.post(1);
    world_.start();
    ASSERT_TRUE(
        live_until([this] { return world_.accepted(1) && world_.row(1).view.retry_count == 1; }));
    EXPECT_EQ(world_.row(1).view.error.value().code, "root_not_found");
    world_.chain.push_root(make_withdraw(1).root);
    finish();
    EXPECT_EQ(world_.row(1).view.status, JobStatus::Completed);
    EXPECT_EQ(world_.row(1).view.retry_count, 1);
    EXPECT_FALSE(world_.row(1).view.error.has_value());
}

TEST_F(WorkerTest, APermanentErrorFailsAtOnce) {
    world_.chain.set_verdict(make_withdraw(1).nullifier, program_error(0x1010));
    world_.post(1);
    finish();
    const auto& row = world_.row(1);
    EXPECT_EQ(row.view.status, JobStatus::Failed);
    EXPECT_EQ(row.view.error.value().code, "proof_invalid");
    EXPECT_EQ(row.view.retry_count, 0);
    EXPECT_EQ(world_.chain.calls("send"), 1U);
    EXPECT_TRUE(
        live_until([this] { return world_.schedule.is_failed(world_.accepted(1).value()); }));
}

TEST_F(WorkerTest, AForeignDoubleSpendFails) {
    world_.chain.spend(make_withdraw(1).nullifier);
    world_.post(1);
    finish();
    EXPECT_EQ(world_.row(1).view.status, JobStatus::Failed);
    EXPECT_EQ(world_.row(1).view.error.value().code, "double_spend");
}

TEST_F(WorkerTest, ADoubleSpendByOurOwnSavedSignatureIsCompletion) {
    // A relay died after its send; the transaction landed, but its statuses are in the history
    // only.
    const auto job = put_and_claim(1);
    const auto transaction = signed_for(job);
    wait(world_.ledger.save_transactions({{{job.id, job.lease}, transaction}}));
    ASSERT_TRUE(wait(world_.chain.send(transaction.wire, rpc::Preflight::Run)).has_value());
    world_.chain.advance();
    world_.chain.set_forgetful(true);
    world_.clock.advance(milliseconds(600));
    world_.start();
    ASSERT_TRUE(live_until([this] { return raw_row(1).view.status == JobStatus::Completed; }));
    EXPECT_EQ(raw_row(1).view.tx_id, transaction.signature);
    EXPECT_EQ(world_.chain.taken().size(), 1U);
}

TEST_F(WorkerTest, AnEarlierSignatureThatLandedAfterAllIsCompletion) {
    // The first transaction was dropped as expired by mistake, and had landed.
    const auto job = put_and_claim(1);
    const auto transaction = signed_for(job);
    wait(world_.ledger.save_transactions({{{job.id, job.lease}, transaction}}));
    ASSERT_TRUE(wait(world_.chain.send(transaction.wire, rpc::Preflight::Run)).has_value());
    world_.chain.advance(3);
    jobs::GiveBack back;
    back.claim = {job.id, job.lease};
    back.keep = jobs::KeepTransaction::Drop;
    wait(world_.ledger.give_back({back}));
    world_.start();
    ASSERT_TRUE(live_until([this] { return raw_row(1).view.status == JobStatus::Completed; }));
    EXPECT_EQ(raw_row(1).view.tx_id, transaction.signature);
    EXPECT_EQ(world_.chain.landed(make_withdraw(1).nullifier).size(), 1U);
}

TEST_F(WorkerTest, ADroppedTransactionIsSentAgainUntilItLands) {
    world_.chain.set_dropping(true);
    world_.post(1);
    world_.start();
    ASSERT_TRUE(live_until([this] { return world_.chain.calls("send") >= 3; }));
    world_.chain.set_dropping(false);
    finish();
    EXPECT_EQ(world_.chain.taken().size(), 1U);
    EXPECT_GE(world_.chain.taken().begin()->second.times, 3U);
}

TEST_F(WorkerTest, SignsAnewOnlyAfterProvenExpiry) {
    world_.chain.set_dropping(true);
    world_.blocks_a_beat = 10;
    world_.post(1);
    world_.start();
    ASSERT_TRUE(live_until([this] { return world_.chain.taken().size() == 2; }));
    world_.chain.set_dropping(false);
    finish();
    EXPECT_EQ(world_.row(1).view.status, JobStatus::Completed);
    EXPECT_EQ(world_.row(1).view.retry_count, 0);
}

TEST_F(WorkerTest, WithoutAQueueItClaimsFromTheLedger) {
    world_.schedule.set_away(true);
    world_.post(1);
    finish();
    EXPECT_EQ(world_.row(1).view.status, JobStatus::Completed);
}

TEST_F(WorkerTest, ALostScheduleIsMadeWholeFromTheLedger) {
    wait(world_.ledger.insert({make_new_job(1), make_new_job(2)}));
    world_.start();
    ASSERT_TRUE(live_until([this] {
        return raw_row(1).view.status == JobStatus::Completed &&
               raw_row(2).view.status == JobStatus::Completed;
    }));
    EXPECT_NE(world_.process->metrics().find("\nrelay_schedule_restored_total 2\n"),
              std::string::npos);
}

TEST_F(WorkerTest, IdsThatAreNotYetDueArePutBackAtTheLedgersTime) {
    const auto job = put_and_claim(1);
    jobs::GiveBack back;
    back.claim = {job.id, job.lease};
    back.delay = milliseconds(300);
    wait(world_.ledger.give_back({back}));
    wait(world_.schedule.note({{job.id, milliseconds(0)}}));          // too early
    wait(world_.schedule.note({{make_job_id(99), milliseconds(0)}})); // nobody's
    const auto due_at = raw_row(1).due_at;
    world_.start();
    ASSERT_TRUE(live_until([this] {
        return raw_row(1).view.started_at.has_value() &&
               raw_row(1).view.status == JobStatus::Completed;
    }));
    EXPECT_GE(raw_row(1).view.completed_at.value(), due_at);
    EXPECT_FALSE(world_.schedule.is_scheduled(make_job_id(99)));
}

TEST_F(WorkerTest, WhileTheLedgerIsAwayNothingIsSentAndNothingIsLost) {
    world_.post(1);
    world_.start();
    ASSERT_TRUE(live_until([this] { return world_.accepted(1).has_value(); }));
    world_.ledger.set_away(true);
    live_for(50);
    const auto sent = world_.chain.calls("send");
    EXPECT_LE(sent, 1U);
    world_.ledger.set_away(false);
    finish();
    EXPECT_EQ(world_.row(1).view.status, JobStatus::Completed);
    EXPECT_EQ(world_.row(1).view.retry_count, 0);
}

TEST_F(WorkerTest, ShutdownReleasesItsClaims) {
    world_.chain.set_dropping(true);
    world_.post(1);
    world_.start();
    ASSERT_TRUE(live_until([this] { return world_.chain.calls("send") > 0; }));
    wait(world_.shut_down());
    world_.process.reset();
    const auto& row = world_.row(1);
    EXPECT_EQ(row.view.status, JobStatus::Queued);
    EXPECT_EQ(row.view.retry_count, 0);
    EXPECT_FALSE(row.view.error.has_value());
    ASSERT_TRUE(row.transaction.has_value());
    EXPECT_TRUE(world_.schedule.is_scheduled(world_.accepted(1).value()));
    world_.chain.set_dropping(false);
    finish(); // another process, the same transaction
    EXPECT_EQ(world_.chain.taken().size(), 1U);
    EXPECT_EQ(world_.row(1).view.tx_id, world_.chain.taken().begin()->first);
}

TEST_F(WorkerTest, LeasesAreRenewedWhileWorkGoesOn) {
    world_.chain.set_dropping(true);
    world_.blocks_a_beat = 0; // nothing expires
    world_.post(1);
    world_.start();
    ASSERT_TRUE(live_until([this] { return world_.chain.calls("send") > 0; }));
    const auto lease = world_.row(1).lease;
    const auto until = world_.clock.now() + 2 * RelayWorld::quick_settings().claims.lease;
    ASSERT_TRUE(live_until([&] { return world_.clock.now() > until; }));
    EXPECT_EQ(world_.row(1).lease, lease);
}

} // namespace
} // namespace relay::test
