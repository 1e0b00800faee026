#include "relay/jobs/finality_watch.hpp"

#include "relay/base/task_group.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/transaction.hpp"
#include "support/base/manual_clock.hpp"
#include "support/base/run_task.hpp"
#include "support/jobs/jobs.hpp"
#include "support/jobs/relay_world.hpp"
#include "support/rpc/fake_chain.hpp"
#include "support/solana/relay_keypair.hpp"
#include "support/solana/samples.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <string>
#include <string_view>

namespace relay::jobs {
namespace {

using std::chrono::milliseconds;
using test::run_task;

class FinalityWatchTest : public testing::Test {
  protected:
    FinalityWatchTest() { loop_.spawn("watch", watch_.run()); }
    ~FinalityWatchTest() override {
        loop_.cancel();
        run_task(clock_, loop_.join());
        run_task(clock_, writes_.join());
    }

    static base::TaskGroup::OnFailure no_failure() {
        return [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); };
    }

    /// A job completed by a transaction that is on the chain, and not final.
    solana::Signature completed() {
        NewJob job{test::make_job_id(1), test::make_withdraw(1), std::nullopt};
        run_task(clock_, ledger_.insert({job}));
        const auto claimed = run_task(clock_, ledger_.claim({job.id}, milliseconds(1'000))).at(0);
        const auto blockhash = run_task(clock_, chain_.latest_blockhash()).value();
        const auto made = solana::sign_transaction(
            payer_, solana::withdraw_instructions(test::vector_plan(), test::kBudget, job.withdraw),
            blockhash.blockhash);
        const solana::SavedTransaction saved{made.signature, made.wire,
                                             blockhash.last_valid_block_height};
        run_task(clock_, ledger_.save_transactions({{{job.id, claimed.lease}, saved}}));
        run_task(clock_, chain_.send(made.wire, rpc::Preflight::Run));
        chain_.advance();
        run_task(clock_, ledger_.complete({{{job.id, claimed.lease}, made.signature, {1}, false}}));
        return made.signature;
    }

    const test::MemoryRows::Row& row() { return rows_.jobs.at(test::make_job_id(1)); }
    void look_again() {
        const auto looks = chain_.calls("look_into");
        test::run_until(clock_, [&] { return chain_.calls("look_into") > looks + 1; });
    }

    boost::asio::io_context io_;
    test::ManualClock clock_{io_};
    test::MemoryRows rows_;
    test::MemoryLedger ledger_{clock_, rows_};
    test::MemorySchedule memory_schedule_{clock_};
    test::FakeChain chain_;
    const solana::Keypair payer_ = test::load_relay_keypair();
    observability::MetricsRegistry metrics_;
    base::TaskGroup writes_{clock_, no_failure()};
    base::TaskGroup loop_{clock_, no_failure()};
    base::WakeUp due_{io_.get_executor()};
    BestEffortSchedule schedule_{writes_, memory_schedule_, due_};
    BatchedLedger batched_{writes_, ledger_};
    FinalityWatch watch_{clock_,  {.interval = milliseconds(1)}, batched_, chain_, schedule_,
                         metrics_};
};

TEST_F(FinalityWatchTest, WhatBecomesFinalIsSettled) {
    chain_.set_finality_depth(32);
    completed();
    look_again();
    EXPECT_FALSE(row().final);
    chain_.advance(40);
    test::run_until(clock_, [this] { return row().final; });
    EXPECT_EQ(row().view.status, JobStatus::Completed);
}

TEST_F(FinalityWatchTest, WhatIsProvenToHaveVanishedIsAnAlarmAndTakenUpAgain) {
    chain_.set_finality_depth(1'000);
    const auto signature = completed();
    chain_.take_back(signature);
    look_again();
    EXPECT_EQ(row().view.status, JobStatus::Completed); // it may yet land again
    chain_.advance(200);
    test::run_until(clock_, [this] { return row().view.status == JobStatus::Queued; });
    EXPECT_NE(metrics_.text().find("\nrelay_payments_vanished_total 1\n"), std::string::npos);
    EXPECT_TRUE(run_task(clock_, ledger_.not_final(10)).empty());
}

TEST_F(FinalityWatchTest, WithoutAProofItIsLeftAsItIs) {
    chain_.set_finality_depth(1'000);
    chain_.take_back(completed());
    chain_.set_unproving(true);
    chain_.advance(200);
    look_again();
    EXPECT_EQ(row().view.status, JobStatus::Completed);
    ledger_.set_away(true); // and an outage of the ledger ends nothing
    chain_.set_unproving(false);
    ledger_.set_away(false);
    test::run_until(clock_, [this] { return row().view.status == JobStatus::Queued; });
}

} // namespace
} // namespace relay::jobs
