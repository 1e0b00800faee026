// A failed job that an operator had retried: nothing that protects from paying twice is forgotten.

#include "relay/jobs/job.hpp"
#include "relay/jobs/state_machine.hpp"
#include "relay/solana/keypair.hpp"
#include "relay/solana/shield_pool.hpp"
#include "support/base/manual_clock.hpp"
#include "support/base/run_task.hpp"
#include "support/jobs/jobs.hpp"
#include "support/jobs/relay_world.hpp"
#include "support/jobs/steps.hpp"
#include "support/rpc/fake_chain.hpp"
#include "support/solana/relay_keypair.hpp"
#include "support/solana/samples.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <cstdint>

namespace relay::test {
namespace {

using jobs::JobStatus;

class RetriedJobTest : public testing::Test {
  protected:
    ~RetriedJobTest() override { run_task(clock_, world_.kill()); }

    MemoryRows::Row& row() { return world_.rows.jobs.begin()->second; }

    bool becomes(JobStatus status) {
        return run_task(clock_,
                        world_.live_until([&] { return row().view.status == status; }, 40'000));
    }

    /// As OperatorLedger::retry writes it.
    void retry() {
        row().view.status = JobStatus::Queued;
        row().view.retry_count = 0;
        row().retried = true;
        row().due_at = wall_time(clock_);
    }

    boost::asio::io_context io_;
    ManualClock clock_{io_};
    const solana::Keypair payer_ = load_relay_keypair();
    RelayWorld world_{clock_, payer_};
};

// The worst case: the ledger believed that it had failed, and it had paid all the same.
TEST_F(RetriedJobTest, APaymentThatTurnsUpCompletesIt) {
    world_.start();
    world_.post(1);
    run_task(clock_, world_.live_until([this] { return !world_.rows.jobs.empty(); }));
    ASSERT_TRUE(becomes(JobStatus::Completed));
    const auto paid = row().view.tx_id;
    const auto sends = world_.chain.calls("send");
    row().view.status = JobStatus::Failed;
    row().view.tx_id.reset();
    row().view.error = jobs::JobError{"transaction_expired", "it was thought dead"};
    world_.rows.nullifiers.clear();
    retry();
    ASSERT_TRUE(becomes(JobStatus::Completed));
    EXPECT_EQ(row().view.tx_id, paid);
    EXPECT_EQ(row().signatures.size(), 1U);
    EXPECT_EQ(world_.chain.calls("send"), sends);
}

// So does one that was paid by an earlier transaction than the last.
TEST_F(RetriedJobTest, APaymentByAnEarlierTransactionCompletesItToo) {
    world_.start();
    world_.post(1);
    run_task(clock_, world_.live_until([this] { return !world_.rows.jobs.empty(); }));
    ASSERT_TRUE(becomes(JobStatus::Completed));
    const auto paid = row().view.tx_id;
    row().view.status = JobStatus::Failed;
    row().view.tx_id.reset();
    row().view.error = jobs::JobError{"double_spend", "the nullifier is spent"};
    auto later = *row().transaction;
    later.signature = make_signature(99); // never reached the chain
    row().signatures.push_back(later.signature);
    row().transaction = later;
    world_.rows.nullifiers.clear();
    retry();
    ASSERT_TRUE(becomes(JobStatus::Completed));
    EXPECT_EQ(row().view.tx_id, paid);
    EXPECT_EQ(row().signatures.size(), 2U);
}

// What the last transaction failed by is no verdict any more when it is asked about, and is one
// again for the transaction that is signed now.
TEST(RetriedJob, IsAskedAboutAndThenTriedAnew) {
    using enum jobs::Phase;
    namespace event = jobs::event;
    constexpr std::uint32_t kProofInvalid = 0x1010;
    jobs::Job retried;
    retried.transaction = make_transaction(1);
    retried.retried = true;
    auto other = retried;
    other.retried = false;
    const jobs::Attempt asking{.phase = Asking, .broadcast = true};
    const jobs::Attempt tracking{.phase = Tracking, .broadcast = true, .signatures = 1};
    const event::FailedOnChain broken{program_error(kProofInvalid)};
    const event::FailedOnChain spent{program_error(solana::kDoubleSpend)};
    const auto step = [](const jobs::Attempt& attempt, const jobs::Job& job,
                         const jobs::Event& happened) {
        return describe(advance(attempt, job, happened, {}).step);
    };
    EXPECT_EQ(step({}, retried, event::Claimed{}), "ask");
    EXPECT_EQ(step(asking, retried, broken), "sign");
    EXPECT_EQ(step(asking, retried, spent), "sign");
    EXPECT_EQ(step(asking, retried, event::Expired{}), "outbid");
    EXPECT_EQ(step(asking, retried, event::Live{}), "send");
    EXPECT_EQ(step(asking, retried, event::Landed{make_signature(1), {42}}), "complete 42");
    EXPECT_EQ(step(asking, retried, event::Unproven{"not yet"}),
              "give_back proof_of_expiry 3000 keep");
    EXPECT_EQ(step(tracking, retried, broken), "fail proof_invalid");
    EXPECT_EQ(step(asking, other, broken), "fail proof_invalid");
}

} // namespace
} // namespace relay::test
