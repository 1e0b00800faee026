// Who is let in by his proof, and when the gate stops asking.

#include "relay/jobs/proof_gate.hpp"

#include "relay/base/client_key.hpp"
#include "relay/base/task_group.hpp"
#include "relay/groth16/verifier.hpp"
#include "relay/jobs/compute_sizes.hpp"
#include "relay/jobs/price_watch.hpp"
#include "relay/jobs/proof_checks.hpp"
#include "relay/jobs/signer.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/blockhash_cache.hpp"
#include "relay/solana/keypair.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/transaction_error.hpp"
#include "relay/solana/units.hpp"
#include "support/base/manual_clock.hpp"
#include "support/base/run_task.hpp"
#include "support/jobs/jobs.hpp"
#include "support/rpc/fake_chain.hpp"
#include "support/solana/relay_keypair.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

namespace relay::test {
namespace {

using jobs::ProofGate;
using Mode = jobs::ProofGate::Mode;
using Verdict = jobs::ProofChecks::Verdict;
using std::chrono::milliseconds;
using std::chrono::seconds;

class ProofGateTest : public testing::Test {
  protected:
    ProofGateTest() { make(Mode::Enforce); }
    ~ProofGateTest() override {
        tasks_.cancel();
        run_task(clock_, tasks_.join());
    }

    void make(Mode mode) {
        const auto verify = [](const jobs::PostedProof& posted) {
            return posted.proof[0] == 1 ? groth16::Verdict::Valid : groth16::Verdict::Malformed;
        };
        gate_ = std::make_unique<ProofGate>(
            ProofGate::Settings{.mode = mode, .checks = {}}, verify,
            ProofGate::Tools{clock_, tasks_, chain_, signer_, metrics_});
    }

    void watch() {
        tasks_.spawn("gate", gate_->run());
        pass(clock_, seconds(1));
    }

    static solana::Withdraw withdraw(bool good) {
        auto made = make_withdraw(1);
        made.proof[0] = good ? 1 : 0;
        return made;
    }

    Verdict admit(bool good) {
        const auto verdict = run_task(io_, gate_->admit(base::ClientKey{1}, withdraw(good)));
        run_ready(io_); // and what it began beside
        return verdict;
    }

    /// Once the comparison that this begins, if any, is over.
    void judge(bool good, bool taken) {
        clock_.advance(milliseconds(10));
        gate_->judged(withdraw(good), taken);
        run_until(io_, [this] { return tasks_.size() == 0; });
    }

    bool counts(const std::string& series) {
        return metrics_.text().find("\n" + series + "\n") != std::string::npos;
    }

    boost::asio::io_context io_;
    ManualClock clock_{io_};
    FakeChain chain_;
    observability::MetricsRegistry metrics_;
    base::TaskGroup tasks_{clock_,
                           [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); }};
    const solana::Keypair payer_ = load_relay_keypair();
    rpc::BlockhashCache blockhashes_{clock_, chain_};
    jobs::ComputeSizes sizes_{{}, {}, payer_.address(), {clock_, tasks_, chain_, metrics_}};
    jobs::PriceWatch prices_{{}, {}, clock_, chain_, metrics_};
    jobs::Signer signer_{{}, {clock_, payer_, chain_, blockhashes_, sizes_, prices_}};
    std::unique_ptr<ProofGate> gate_;
};

TEST_F(ProofGateTest, EnforcingLetsInWhoHasAGoodProof) {
    chain_.set_simulation(program_error(0x1010));
    EXPECT_EQ(admit(true), Verdict::Valid);
    EXPECT_EQ(admit(false), Verdict::Invalid);
    EXPECT_EQ(gate_->mode(), Mode::Enforce);
    EXPECT_TRUE(counts("relay_proof_check_enforced 1"));
}

TEST_F(ProofGateTest, OffAndObservingLetInAll) {
    for (const auto mode : {Mode::Off, Mode::Observe}) {
        make(mode);
        EXPECT_EQ(admit(false), Verdict::Valid);
        EXPECT_EQ(gate_->mode(), mode);
    }
    EXPECT_EQ(chain_.calls("simulate"), 0U);
}

TEST_F(ProofGateTest, WithoutACircuitItIsOff) {
    gate_ = std::make_unique<ProofGate>(
        ProofGate::Settings{.mode = Mode::Enforce, .checks = {}}, nullptr,
        ProofGate::Tools{clock_, tasks_, chain_, signer_, metrics_});
    EXPECT_EQ(gate_->mode(), Mode::Off);
    EXPECT_EQ(admit(false), Verdict::Valid);
}

TEST_F(ProofGateTest, OpensWhereANodeWouldHaveCarriedItOut) {
    EXPECT_EQ(admit(false), Verdict::Invalid);
    EXPECT_EQ(gate_->mode(), Mode::Observe);
    EXPECT_EQ(admit(false), Verdict::Valid);
    EXPECT_TRUE(counts("relay_proof_check_enforced 0"));
    EXPECT_TRUE(counts("relay_proof_samples_total{result=\"taken\"} 1"));
}

TEST_F(ProofGateTest, StaysShutForWhatSaysNothingOfTheProof) {
    struct Case {
        std::uint32_t number;
        const char* result;
    };
    for (const auto& [number, result] :
         {Case{0x1010, "refused"}, Case{0x1013, "refused"}, Case{0x1076, "refused"},
          Case{0x1001, "unclear"}, Case{0x1020, "unclear"}, Case{0x9999, "unclear"}}) {
        chain_.set_simulation(program_error(number));
        clock_.advance(seconds(60));
        EXPECT_EQ(admit(false), Verdict::Invalid);
        EXPECT_THAT(metrics_.text(),
                    testing::HasSubstr(std::string("samples_total{result=\"") + result));
        EXPECT_EQ(gate_->mode(), Mode::Enforce) << number;
    }
    EXPECT_TRUE(counts("relay_proof_samples_total{result=\"refused\"} 3"));
    EXPECT_TRUE(counts("relay_proof_samples_total{result=\"unclear\"} 3"));
    chain_.set_unavailable(true);
    clock_.advance(seconds(60));
    EXPECT_EQ(admit(false), Verdict::Invalid);
    EXPECT_TRUE(counts("relay_proof_samples_total{result=\"unanswered\"} 1"));
    EXPECT_EQ(gate_->mode(), Mode::Enforce);
}

TEST_F(ProofGateTest, AsksANodeOnceAMinute) {
    chain_.set_simulation(program_error(0x1010));
    for (int count = 0; count < 10; ++count) {
        admit(false);
    }
    EXPECT_EQ(chain_.calls("simulate"), 1U);
    clock_.advance(seconds(60));
    admit(false);
    EXPECT_EQ(chain_.calls("simulate"), 2U);
}

TEST_F(ProofGateTest, OpensOnceTheProgramIsDeployedAnew) {
    chain_.set_deployment(solana::Slot{700});
    watch();
    chain_.set_deployment(solana::Slot{600}); // a node that is behind
    pass(clock_, seconds(10));
    chain_.set_deployment(std::nullopt);
    pass(clock_, seconds(10));
    chain_.set_unavailable(true);
    pass(clock_, seconds(10));
    chain_.set_unavailable(false);
    chain_.set_deployment(solana::Slot{700});
    pass(clock_, seconds(10));
    EXPECT_EQ(gate_->mode(), Mode::Enforce);
    chain_.set_deployment(solana::Slot{701});
    pass(clock_, seconds(10));
    EXPECT_EQ(gate_->mode(), Mode::Observe);
}

TEST_F(ProofGateTest, ComparesWithWhatTheChainSaysOfEndedJobs) {
    make(Mode::Observe);
    judge(/*good=*/true, /*taken=*/true);
    judge(false, false);
    EXPECT_TRUE(counts("relay_proof_comparisons_total{result=\"same\"} 2"));
    judge(true, false);
    judge(false, true);
    EXPECT_TRUE(counts("relay_proof_comparisons_total{result=\"differ\"} 2"));
}

TEST_F(ProofGateTest, ComparisonsLeaveMostOfACoreToOthers) {
    make(Mode::Observe);
    judge(true, true);
    clock_.advance(milliseconds(9));
    gate_->judged(withdraw(true), true);
    EXPECT_TRUE(counts("relay_proof_comparisons_total{result=\"skipped\"} 1"));
    judge(true, true);
    EXPECT_TRUE(counts("relay_proof_comparisons_total{result=\"same\"} 2"));
}

TEST_F(ProofGateTest, WhatWasLetInByItsProofIsComparedWhereTheChainRefusesIt) {
    judge(true, true);
    EXPECT_TRUE(counts("relay_proof_comparisons_total{result=\"same\"} 0"));
    judge(true, false);
    EXPECT_TRUE(counts("relay_proof_comparisons_total{result=\"differ\"} 1"));
    make(Mode::Off);
    gate_->judged(withdraw(true), false);
}

} // namespace
} // namespace relay::test
