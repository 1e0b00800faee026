#include "relay/jobs/proof_checks.hpp"

#include "relay/base/client_key.hpp"
#include "relay/groth16/verifier.hpp"
#include "relay/observability/metrics.hpp"
#include "support/base/manual_clock.hpp"
#include "support/base/run_task.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace relay::test {
namespace {

namespace asio = boost::asio;
using base::ClientKey;
using jobs::PostedProof;
using jobs::ProofChecks;
using Verdict = jobs::ProofChecks::Verdict;
using std::chrono::milliseconds;

constexpr ClientKey kOne{1};
constexpr ClientKey kOther{2};

/// Proofs that begin with 1 are good. While it is closed, whoever comes waits.
class Verifier {
  public:
    groth16::Verdict operator()(const PostedProof& posted) {
        std::unique_lock lock(mutex_);
        ++entered_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
        return posted.proof[0] == 1 ? groth16::Verdict::Valid : groth16::Verdict::Invalid;
    }
    void close() { set(false); }
    void open() { set(true); }
    /// So many have come in all.
    void wait_for(int entered) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return entered_ >= entered; });
    }

  private:
    void set(bool open) {
        const std::lock_guard lock(mutex_);
        open_ = open;
        changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = true;
    int entered_ = 0;
};

PostedProof proof(bool good) {
    PostedProof posted;
    posted.proof[0] = good ? 1 : 0;
    return posted;
}

class ProofChecksTest : public testing::Test {
  protected:
    ProofChecksTest() { make({.threads = 1, .failures_a_minute = 3}); }

    void make(ProofChecks::Settings settings) {
        checks_ = std::make_unique<ProofChecks>(
            clock_, settings, [this](const PostedProof& posted) { return verifier_(posted); },
            metrics_);
    }

    Verdict check(ClientKey client, bool good) {
        return run_task(io_, checks_->check(client, proof(good)));
    }

    /// One that goes on beside; its verdict comes at the index that is returned.
    std::size_t begin(ClientKey client, bool good) {
        const auto index = begun_++;
        verdicts_.emplace_back();
        asio::co_spawn(clock_.executor(), checks_->check(client, proof(good)),
                       [this, index](const std::exception_ptr& failure, Verdict verdict) {
                           ASSERT_FALSE(failure);
                           verdicts_[index] = verdict;
                           order_.push_back(index);
                       });
        run_ready(io_);
        return index;
    }

    void finish() {
        verifier_.open();
        run_until(io_, [this] { return order_.size() == begun_; });
    }

    asio::io_context io_;
    ManualClock clock_{io_};
    observability::MetricsRegistry metrics_;
    Verifier verifier_;
    std::unique_ptr<ProofChecks> checks_;
    std::size_t begun_ = 0;
    std::vector<std::optional<Verdict>> verdicts_;
    std::vector<std::size_t> order_;
};

TEST_F(ProofChecksTest, TellsGoodFromBadAndCounts) {
    EXPECT_EQ(check(kOne, true), Verdict::Valid);
    EXPECT_EQ(check(kOne, false), Verdict::Invalid);
    const auto text = metrics_.text();
    EXPECT_THAT(text, testing::HasSubstr("relay_proof_checks_total{verdict=\"valid\"} 1\n"));
    EXPECT_THAT(text, testing::HasSubstr("relay_proof_checks_total{verdict=\"invalid\"} 1\n"));
    EXPECT_THAT(text, testing::HasSubstr("relay_proof_checks_total{verdict=\"malformed\"} 0\n"));
}

TEST_F(ProofChecksTest, WhoseProofsFailIsNotServedForAWhile) {
    for (int count = 0; count < 3; ++count) {
        EXPECT_EQ(check(kOne, false), Verdict::Invalid);
    }
    EXPECT_EQ(check(kOne, true), Verdict::TooManyFailures);
    EXPECT_EQ(check(kOther, true), Verdict::Valid);
    clock_.advance(milliseconds(20'000));
    EXPECT_EQ(check(kOne, true), Verdict::Valid);
}

TEST_F(ProofChecksTest, ClientsTakeTurns) {
    verifier_.close();
    begin(kOne, true);
    verifier_.wait_for(1);
    begin(kOne, true);
    begin(kOne, true);
    begin(kOther, true);
    finish();
    EXPECT_THAT(order_, testing::ElementsAre(0, 1, 3, 2));
    EXPECT_TRUE(checks_->is_idle());
}

TEST_F(ProofChecksTest, TheNewestOfWhoHasMostIsToldToComeAgain) {
    make({.threads = 1, .failures_a_minute = 3, .longest_wait = milliseconds(3)});
    verifier_.close();
    begin(kOne, true);
    verifier_.wait_for(1);
    for (int count = 0; count < 3; ++count) {
        begin(kOne, true); // a line of three, a millisecond each
    }
    const auto fourth = begin(kOne, true);
    EXPECT_EQ(verdicts_[fourth], Verdict::Busy);
    const auto other = begin(kOther, true);
    EXPECT_EQ(verdicts_[3], Verdict::Busy);
    finish();
    EXPECT_EQ(verdicts_[other], Verdict::Valid);
    EXPECT_EQ(verdicts_[1], Verdict::Valid);
}

TEST_F(ProofChecksTest, WhoseProofsFailedLatelyWaitsForTheOthers) {
    EXPECT_EQ(check(kOne, false), Verdict::Invalid);
    verifier_.close();
    begin(kOne, true);
    verifier_.wait_for(2);
    begin(kOne, true);
    begin(kOther, true);
    begin(kOther, true);
    finish();
    EXPECT_THAT(order_, testing::ElementsAre(0, 2, 3, 1));
}

TEST_F(ProofChecksTest, WhoseProofsFailedLatelyIsShedFirst) {
    make({.threads = 1, .failures_a_minute = 3, .longest_wait = milliseconds(2)});
    EXPECT_EQ(check(kOne, false), Verdict::Invalid);
    verifier_.close();
    begin(kOther, true);
    verifier_.wait_for(2);
    const auto doubted = begin(kOne, true);
    begin(kOther, true);
    begin(kOther, true);
    EXPECT_EQ(verdicts_[doubted], Verdict::Busy);
    finish();
    EXPECT_EQ(verdicts_[3], Verdict::Valid);
}

TEST_F(ProofChecksTest, WhoWaitedTooLongIsToldToComeAgain) {
    verifier_.close();
    begin(kOne, true);
    verifier_.wait_for(1);
    const auto waiting = begin(kOne, true);
    const auto since = clock_.now();
    while (!verdicts_[waiting]) {
        ASSERT_TRUE(clock_.step());
    }
    EXPECT_EQ(verdicts_[waiting], Verdict::Busy);
    EXPECT_EQ(clock_.now() - since, milliseconds(500));
    finish();
    EXPECT_TRUE(checks_->is_idle());
}

TEST_F(ProofChecksTest, WhatWaitsIsNotCheckedOnceItsClientsProofsFailed) {
    verifier_.close();
    for (int count = 0; count < 6; ++count) {
        begin(kOne, false);
    }
    finish();
    const std::optional<Verdict> failed = Verdict::Invalid;
    const std::optional<Verdict> refused = Verdict::TooManyFailures;
    EXPECT_THAT(verdicts_, testing::ElementsAre(failed, failed, failed, refused, refused, refused));
    EXPECT_TRUE(checks_->is_idle());
}

TEST_F(ProofChecksTest, OutOfTurnNoClientIsCharged) {
    for (int count = 0; count < 5; ++count) {
        EXPECT_EQ(run_task(io_, checks_->judge(proof(false))), groth16::Verdict::Invalid);
    }
    EXPECT_EQ(check(kOne, true), Verdict::Valid);
}

} // namespace
} // namespace relay::test
