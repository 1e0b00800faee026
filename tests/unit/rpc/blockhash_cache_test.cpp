#include "relay/rpc/blockhash_cache.hpp"

#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/rpc/rpc.hpp"
#include "support/base/manual_clock.hpp"
#include "support/base/run_task.hpp"
#include "support/rpc/fake_chain.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <string_view>
#include <vector>

namespace relay::rpc {
namespace {

using test::run_task;

base::Task<void> get(BlockhashCache* cache, std::vector<RpcResult<LatestBlockhash>>* answers) {
    answers->push_back(co_await cache->get());
}

class BlockhashCacheTest : public testing::Test {
  protected:
    std::vector<RpcResult<LatestBlockhash>> get_at_once(BlockhashCache& cache, int callers) {
        std::vector<RpcResult<LatestBlockhash>> answers;
        base::TaskGroup group(clock_,
                              [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); });
        for (int caller = 0; caller < callers; ++caller) {
            group.spawn("caller", get(&cache, &answers));
        }
        run_task(clock_, group.join());
        return answers;
    }

    boost::asio::io_context io_;
    test::ManualClock clock_{io_};
    test::FakeChain chain_;
};

TEST_F(BlockhashCacheTest, OneCallServesAllWhoWait) {
    chain_.set_slot_time(std::chrono::hours(1));
    BlockhashCache cache(clock_, chain_);
    const auto answers = get_at_once(cache, 50);
    ASSERT_EQ(answers.size(), 50U);
    for (const auto& answer : answers) {
        EXPECT_EQ(answer.value().blockhash, answers[0].value().blockhash);
    }
    get_at_once(cache, 50);
    EXPECT_EQ(chain_.calls("latest_blockhash"), 1U);
}

TEST_F(BlockhashCacheTest, WhoWantsANewerOneThanIsCachedGetsIt) {
    chain_.set_slot_time(std::chrono::hours(1));
    BlockhashCache cache(clock_, chain_);
    EXPECT_FALSE(cache.cached().has_value());
    const auto first = run_task(clock_, cache.get()).value();
    chain_.advance();
    EXPECT_EQ(run_task(clock_, cache.get(std::chrono::hours(1))).value().blockhash,
              first.blockhash);
    const auto second = run_task(clock_, cache.get(std::chrono::milliseconds(0))).value();
    EXPECT_NE(second.blockhash, first.blockhash);
    EXPECT_EQ(cache.cached().value().blockhash, second.blockhash);
}

TEST_F(BlockhashCacheTest, WhatIsNoLongerFreshIsAskedAnew) {
    chain_.set_slot_time(std::chrono::milliseconds(0));
    BlockhashCache cache(clock_, chain_);
    const auto first = run_task(clock_, cache.get()).value();
    chain_.advance();
    const auto second = run_task(clock_, cache.get()).value();
    EXPECT_NE(first.blockhash, second.blockhash);
    EXPECT_EQ(second.last_valid_block_height.value, first.last_valid_block_height.value + 1);
}

TEST_F(BlockhashCacheTest, RefreshAsksWhateverTheCacheHolds) {
    chain_.set_slot_time(std::chrono::hours(1));
    BlockhashCache cache(clock_, chain_);
    const auto first = run_task(clock_, cache.get()).value();
    chain_.advance();
    const auto second = run_task(clock_, cache.refresh()).value();
    EXPECT_NE(first.blockhash, second.blockhash);
    EXPECT_EQ(run_task(clock_, cache.get()).value().blockhash, second.blockhash);
}

TEST_F(BlockhashCacheTest, WhileItIsUsedItIsRenewedBeforeItIsOld) {
    chain_.set_slot_time(std::chrono::milliseconds(4));
    BlockhashCache cache(clock_, chain_);
    base::TaskGroup group(clock_,
                          [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); });
    group.spawn("renewal", cache.run());
    test::run_ready(io_);
    EXPECT_EQ(chain_.calls("latest_blockhash"), 0U); // nobody wants one
    EXPECT_FALSE(cache.cached().has_value());
    test::run_until(clock_, [this] { return chain_.calls("latest_blockhash") >= 5; });
    EXPECT_TRUE(cache.cached().has_value());
    group.cancel();
    run_task(clock_, group.join());
}

TEST_F(BlockhashCacheTest, AFailureIsToldAndNotKept) {
    chain_.set_slot_time(std::chrono::hours(1));
    BlockhashCache cache(clock_, chain_);
    chain_.set_unavailable(true);
    EXPECT_FALSE(run_task(clock_, cache.get()).has_value());
    chain_.set_unavailable(false);
    EXPECT_TRUE(run_task(clock_, cache.get()).has_value());
    chain_.set_unavailable(true);
    EXPECT_FALSE(run_task(clock_, cache.refresh()).has_value());
    EXPECT_TRUE(run_task(clock_, cache.get()).has_value()); // the one it had is fresh still
}

} // namespace
} // namespace relay::rpc
