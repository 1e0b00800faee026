#include "relay/jobs/pool_view.hpp"

#include "relay/rpc/rpc.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/units.hpp"
#include "support/solana/samples.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace relay::jobs {
namespace {

using rpc::AccountsReport;
using std::chrono::milliseconds;

constexpr PoolView::time_point kBegin{std::chrono::hours(1)};

/// By their place in the report.
enum Place : std::size_t { Ring, Shard, Pool, Treasury };

const solana::Pubkey kProgram = test::vector_plan().program;

/// A pool whose ring holds one root of this byte, with two of three nullifiers used.
AccountsReport report_at(std::uint64_t slot, std::uint8_t root = 7) {
    AccountsReport report;
    report.slot.value = slot;
    report.accounts.assign(4, rpc::Account{kProgram, {500}, {}});
    auto& ring = report.accounts[Ring]->data;
    ring.resize(8 + 64 * 32);
    std::fill_n(ring.begin() + 8, 32, root);
    auto& shard = report.accounts[Shard]->data;
    shard.resize(4 + 3 * 32);
    shard[0] = 2;
    return report;
}

solana::Hash hash_of(std::uint8_t byte) {
    solana::Hash hash;
    hash.fill(byte);
    return hash;
}

TEST(PoolView, KnowsNothingAtFirst) {
    const PoolView view(milliseconds(100));
    EXPECT_EQ(view.ring(kBegin), nullptr);
    EXPECT_EQ(view.shard(kBegin), nullptr);
    EXPECT_FALSE(view.balance(kBegin));
}

TEST(PoolView, KnowsWhatItReadUntilThatIsOld) {
    PoolView view(milliseconds(100));
    EXPECT_TRUE(view.learn(read_pool(report_at(10), kProgram), kBegin));
    const auto later = kBegin + milliseconds(99);
    ASSERT_NE(view.ring(later), nullptr);
    EXPECT_TRUE(view.ring(later)->holds(hash_of(7)));
    EXPECT_EQ(view.shard(later)->used(), 2U);
    EXPECT_EQ(view.balance(later), solana::Lamports{500});
    const auto too_late = kBegin + milliseconds(100);
    EXPECT_EQ(view.ring(too_late), nullptr);
    EXPECT_EQ(view.shard(too_late), nullptr);
    EXPECT_FALSE(view.balance(too_late));
}

TEST(PoolView, AnEarlierSlotTakesNoLaterOnesPlaceWhileThatIsGood) {
    PoolView view(milliseconds(100));
    view.learn(read_pool(report_at(10, 7), kProgram), kBegin);
    EXPECT_FALSE(view.learn(read_pool(report_at(9, 8), kProgram), kBegin + milliseconds(50)));
    EXPECT_TRUE(view.ring(kBegin + milliseconds(50))->holds(hash_of(7)));
    EXPECT_EQ(view.ring(kBegin + milliseconds(100)), nullptr); // nor made that one any younger
    EXPECT_TRUE(view.learn(read_pool(report_at(9, 8), kProgram), kBegin + milliseconds(100)));
    EXPECT_TRUE(view.ring(kBegin + milliseconds(100))->holds(hash_of(8)));
}

TEST(PoolView, TheSameSlotAndALaterOneDo) {
    PoolView view(milliseconds(100));
    view.learn(read_pool(report_at(10, 7), kProgram), kBegin);
    EXPECT_TRUE(view.learn(read_pool(report_at(10, 8), kProgram), kBegin));
    EXPECT_TRUE(view.learn(read_pool(report_at(11, 9), kProgram), kBegin));
    EXPECT_TRUE(view.ring(kBegin)->holds(hash_of(9)));
}

TEST(PoolView, WhatIsNotAsItShouldBeIsNotKnown) {
    struct Case {
        const char* trouble;
        std::function<void(AccountsReport&)> spoil;
        bool ring = true;
        bool shard = true;
        bool balance = true;
    };
    const std::vector<Case> cases = {
        {"", [](AccountsReport&) {}},
        {"roots ring account does not exist", [](auto& it) { it.accounts[Ring].reset(); }, false},
        {"roots ring account is another program's", [](auto& it) { it.accounts[Ring]->owner = {}; },
         false},
        {"roots ring account is not laid out",
         [](auto& it) { it.accounts[Ring]->data.push_back(0); }, false},
        {"nullifier shard account is not laid out",
         [](auto& it) { it.accounts[Shard]->data[0] = 4; }, true, false},
        {"nullifier shard account does not exist", [](auto& it) { it.accounts[Shard].reset(); },
         true, false},
        {"pool account does not exist", [](auto& it) { it.accounts[Pool].reset(); }, true, true,
         false},
        {"treasury account does not exist", [](auto& it) { it.accounts[Treasury].reset(); }},
        {"pool account does not exist", [](auto& it) { it.accounts.clear(); }, false, false, false},
    };
    for (const auto& known : cases) {
        auto report = report_at(10);
        known.spoil(report);
        const auto reading = read_pool(std::move(report), kProgram);
        EXPECT_EQ(reading.ring.has_value(), known.ring) << known.trouble;
        EXPECT_EQ(reading.shard.has_value(), known.shard) << known.trouble;
        EXPECT_EQ(reading.balance.has_value(), known.balance) << known.trouble;
        EXPECT_NE(reading.trouble.find(known.trouble), std::string::npos) << reading.trouble;
        EXPECT_EQ(reading.trouble.empty(), std::string(known.trouble).empty()) << reading.trouble;
    }
}

} // namespace
} // namespace relay::jobs
