#include "relay/jobs/price_view.hpp"

#include "relay/rpc/rpc.hpp"
#include "relay/solana/units.hpp"

#include <gtest/gtest.h>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace relay::jobs {
namespace {

using solana::UnitPrice;

constexpr PriceView::time_point kNow{std::chrono::hours(1)};
constexpr PriceView::Rules kRules{.fixed = std::nullopt, .floor = {10'000}, .cap = {2'000'000}};

/// One a slot.
std::vector<rpc::SlotPrice> slots(const std::vector<std::uint64_t>& lowest) {
    std::vector<rpc::SlotPrice> prices;
    for (const auto price : lowest) {
        prices.push_back({{100 + prices.size()}, {price}});
    }
    return prices;
}

std::vector<rpc::SlotPrice> all_at(std::uint64_t price, std::size_t count = 20) {
    return slots(std::vector<std::uint64_t>(count, price));
}

std::uint64_t bid(PriceView& view, std::optional<UnitPrice> expired = std::nullopt,
                  PriceView::time_point now = kNow) {
    return view.bid(expired, now).value;
}

TEST(PriceSteps, AreThoseOfTheSeries) {
    struct Case {
        std::uint64_t price;
        std::uint64_t from;
        std::uint64_t below;
    };
    for (const auto& [price, from, below] : std::vector<Case>{
             {0, 0, 0},
             {1, 1, 0},
             {9, 9, 8},
             {10, 10, 9},
             {11, 11, 10},
             {14, 15, 13},
             {91, 91, 82},
             {92, 100, 91},
             {100, 100, 91},
             {101, 110, 100},
             {10'000, 10'000, 9'100},
             {10'001, 11'000, 10'000},
             {123'456, 130'000, 120'000},
             {999'999'999, 1'000'000'000, 910'000'000},
         }) {
        EXPECT_EQ(step_from({price}).value, from) << price;
        EXPECT_EQ(step_below({price}).value, below) << price;
        EXPECT_EQ(step_from(step_from({price})), step_from({price})) << price;
    }
    constexpr UnitPrice kMost{std::numeric_limits<std::uint64_t>::max()};
    EXPECT_LT(step_below(kMost), step_from(kMost));
}

TEST(PriceView, BidsTheFloorWhereNothingIsKnownOrAskedFor) {
    PriceView view(kRules);
    EXPECT_FALSE(view.market(kNow));
    EXPECT_EQ(bid(view), 10'000U);
    view.learn({}, kNow);
    EXPECT_EQ(view.market(kNow), UnitPrice{0});
    EXPECT_EQ(bid(view), 10'000U);
    view.learn(all_at(0), kNow);
    EXPECT_EQ(bid(view), 10'000U);
}

TEST(PriceView, BidsALittleMoreThanThreeQuartersOfTheLastSlotsAskedFor) {
    struct Case {
        std::string what;
        std::vector<std::uint64_t> lowest;
        std::uint64_t market;
        std::uint64_t bid;
    };
    std::vector<std::uint64_t> long_past(150, 9'999'999);
    long_past.insert(long_past.end(), 20, 100'001);
    for (const auto& [what, lowest, market, bids] : std::vector<Case>{
             {"one slot", {70'001}, 70'001, 82'000},
             {"three of four", {1, 2, 50'001, 900'001}, 50'001, 62'000},
             {"the last twenty only", long_past, 100'001, 120'000},
             {"within the cap", {1'999'999}, 1'999'999, 2'000'000},
         }) {
        PriceView view(kRules);
        view.learn(slots(lowest), kNow);
        EXPECT_EQ(view.market(kNow), UnitPrice{market}) << what;
        EXPECT_FALSE(view.is_above_cap(kNow)) << what;
        EXPECT_EQ(bid(view), bids) << what;
    }
}

TEST(PriceView, ForgetsWhatIsOld) {
    PriceView view(kRules);
    view.learn(all_at(1'000'001), kNow);
    const auto later = kNow + std::chrono::seconds(30);
    EXPECT_FALSE(view.market(later));
    EXPECT_EQ(bid(view, std::nullopt, later), 10'000U);
}

TEST(PriceView, OutbidsWhatExpiredWithinTheCap) {
    PriceView view(kRules);
    view.learn(all_at(100'001), kNow);
    EXPECT_EQ(bid(view, UnitPrice{10'000}), 120'000U); // the market did
    EXPECT_EQ(bid(view, UnitPrice{120'000}), 180'000U);
    EXPECT_EQ(bid(view, UnitPrice{1'800'000}), 2'000'000U);
    EXPECT_EQ(bid(view, UnitPrice{2'000'000}), 2'000'000U);
}

TEST(PriceView, WaitsWhereTheMarketIsAboveTheCap) {
    PriceView view(kRules);
    view.learn(all_at(2'000'000), kNow);
    EXPECT_FALSE(view.is_above_cap(kNow));
    view.learn(all_at(2'000'001), kNow);
    EXPECT_TRUE(view.is_above_cap(kNow));
    EXPECT_FALSE(view.is_above_cap(kNow + std::chrono::seconds(30)));
}

TEST(PriceView, ComesDownFromItsOwnBids) {
    PriceView view(kRules);
    view.learn(all_at(100'001), kNow);
    auto last = bid(view);
    EXPECT_EQ(last, 120'000U);
    // Nobody else is there: each bid is what the next looks find.
    for (const std::uint64_t wanted : {110'000, 100'000, 91'000}) {
        view.learn(all_at(last), kNow);
        last = bid(view);
        EXPECT_EQ(last, wanted);
    }
    for (int turn = 0; turn < 50; ++turn) {
        view.learn(all_at(last), kNow);
        last = bid(view);
    }
    EXPECT_EQ(last, 10'000U);
}

TEST(PriceView, RelaysDoNotDriveEachOtherUp) {
    PriceView one(kRules);
    PriceView other(kRules);
    one.learn(all_at(100'001), kNow);
    auto last = bid(one);
    for (int turn = 0; turn < 100; ++turn) {
        auto& view = turn % 2 == 0 ? other : one;
        view.learn(all_at(last), kNow);
        const auto next = bid(view);
        EXPECT_LE(next, last);
        last = next;
    }
}

TEST(PriceView, AFixedPriceIsBidWhatever) {
    PriceView view({.fixed = UnitPrice{7}, .floor = {10'000}, .cap = {10'000}});
    view.learn(all_at(5'000'000), kNow);
    EXPECT_FALSE(view.is_above_cap(kNow));
    EXPECT_EQ(bid(view), 7U);
    EXPECT_EQ(bid(view, UnitPrice{7}), 7U);
}

} // namespace
} // namespace relay::jobs
