#include "relay/jobs/compute_sizes.hpp"

#include "relay/base/task_group.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/shield_pool.hpp"
#include "support/base/manual_clock.hpp"
#include "support/base/run_task.hpp"
#include "support/rpc/fake_chain.hpp"
#include "support/solana/relay_keypair.hpp"
#include "support/solana/samples.hpp"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string_view>

namespace relay::test {
namespace {

using jobs::ComputeSizes;
using Size = jobs::ComputeSizes::Size;
using std::chrono::seconds;

class ComputeSizesTest : public testing::Test {
  protected:
    ComputeSizesTest() { make({}); }
    ~ComputeSizesTest() override {
        tasks_.cancel();
        run_task(clock_, tasks_.join());
    }

    void make(ComputeSizes::Settings settings) {
        sizes_ =
            std::make_unique<ComputeSizes>(settings, vector_plan(), load_relay_keypair().address(),
                                           ComputeSizes::Tools{clock_, tasks_, chain_, metrics_});
    }

    void takes(std::uint64_t units, std::optional<std::uint64_t> bytes = std::nullopt) {
        chain_.set_simulation(rpc::Simulation{{}, units, bytes});
    }

    Size find(const solana::Withdraw& withdraw = make_withdraw(1)) {
        return run_task(io_, sizes_->find(withdraw));
    }

    boost::asio::io_context io_;
    ManualClock clock_{io_};
    FakeChain chain_;
    observability::MetricsRegistry metrics_;
    base::TaskGroup tasks_{clock_,
                           [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); }};
    std::unique_ptr<ComputeSizes> sizes_;
};

TEST_F(ComputeSizesTest, AsksForAQuarterMoreThanASimulationTook) {
    EXPECT_EQ(sizes_->known(make_withdraw(1)), std::nullopt);
    takes(200'001, 1'000'000);
    EXPECT_EQ(find(), (Size{260'000, 1'277'952}));
    EXPECT_EQ(sizes_->known(make_withdraw(2)), (Size{260'000, 1'277'952}));
    EXPECT_EQ(chain_.calls("simulate"), 1U);
}

TEST_F(ComputeSizesTest, NeverAsksForMoreThanThereIs) {
    takes(1'399'999, 64ULL * 1024 * 1024);
    EXPECT_EQ(find(), ComputeSizes::kMost);
}

TEST_F(ComputeSizesTest, EachNumberOfOutputsHasItsOwn) {
    takes(100'000);
    find();
    auto longer = make_withdraw(2);
    longer.outputs.push_back(longer.outputs.front());
    EXPECT_EQ(sizes_->known(longer), std::nullopt);
    takes(200'000);
    EXPECT_EQ(find(longer), (Size{250'000, std::nullopt}));
    EXPECT_EQ(sizes_->known(make_withdraw(1)), (Size{130'000, std::nullopt}));
}

TEST_F(ComputeSizesTest, IsLookedAtAgainBesideTheWork) {
    takes(100'000);
    find();
    takes(300'000);
    clock_.advance(seconds(9));
    EXPECT_EQ(find(), (Size{130'000, std::nullopt}));
    EXPECT_EQ(chain_.calls("simulate"), 1U);
    clock_.advance(seconds(1));
    for (int count = 0; count < 2; ++count) { // it is asked meanwhile, once
        EXPECT_EQ(sizes_->known(make_withdraw(1)), (Size{130'000, std::nullopt}));
    }
    run_ready(io_);
    EXPECT_EQ(chain_.calls("simulate"), 2U);
    EXPECT_EQ(find(), (Size{380'000, std::nullopt}));
}

TEST_F(ComputeSizesTest, OneSimulationIsForAllWhoWait) {
    takes(100'000);
    int found = 0;
    for (int count = 0; count < 10; ++count) {
        boost::asio::co_spawn(io_, sizes_->find(make_withdraw(1)),
                              [&](const std::exception_ptr& failure, Size size) {
                                  ASSERT_FALSE(failure);
                                  found += size.units == 130'000U ? 1 : 0;
                              });
    }
    run_ready(io_);
    EXPECT_EQ(found, 10);
    EXPECT_EQ(chain_.calls("simulate"), 1U);
}

TEST_F(ComputeSizesTest, AFailureTellsNothing) {
    chain_.set_simulation(program_error(0x1001));
    EXPECT_EQ(find(), (Size{ComputeSizes::kSafeUnits, std::nullopt}));
    takes(100'000);
    clock_.advance(seconds(10));
    find();
    run_ready(io_);
    EXPECT_EQ(find(), (Size{130'000, std::nullopt}));
    chain_.set_unavailable(true);
    clock_.advance(seconds(10));
    find();
    run_ready(io_);
    EXPECT_EQ(find(), (Size{130'000, std::nullopt}));
}

TEST_F(ComputeSizesTest, WhatWasTooSmallIsRaisedWhateverNodesTell) {
    takes(10);
    EXPECT_EQ(find(), (Size{10'000, std::nullopt}));
    for (int count = 0; count < 3; ++count) { // all that asked for so little
        sizes_->too_small(make_withdraw(1));
    }
    clock_.advance(seconds(599));
    EXPECT_EQ(find(), (Size{ComputeSizes::kSafeUnits, std::nullopt}));
    sizes_->too_small(make_withdraw(1));
    EXPECT_EQ(find(), (Size{600'000, std::nullopt}));
    EXPECT_EQ(chain_.calls("simulate"), 1U);
    takes(200'000);
    clock_.advance(seconds(610));
    find();
    run_ready(io_);
    EXPECT_EQ(find(), (Size{250'000, std::nullopt}));
}

TEST_F(ComputeSizesTest, AFixedSizeIsAskedForByAll) {
    make({.fixed = 123'456});
    EXPECT_EQ(find(), (Size{123'456, std::nullopt}));
    EXPECT_EQ(chain_.calls("simulate"), 0U);
}

} // namespace
} // namespace relay::test
