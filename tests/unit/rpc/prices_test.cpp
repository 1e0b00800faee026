// What is believed of the prices that nodes tell.

#include "prices.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/units.hpp"
#include "support/base/run_task.hpp"
#include "support/rpc/failover_fixture.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace relay::test {
namespace {

using Word = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

std::vector<rpc::SlotPrice> prices(const Word& word) {
    std::vector<rpc::SlotPrice> made;
    for (const auto& [slot, price] : word) {
        made.push_back({{slot}, {price}});
    }
    return made;
}

TEST(MiddlePrices, AreWhatMostNodesTell) {
    struct Case {
        std::string what;
        std::vector<Word> told;
        Word believed;
    };
    constexpr std::uint64_t kLie = 1'000'000'000'000;
    for (const auto& [what, told, believed] : std::vector<Case>{
             {"one node", {{{1, 5}, {2, 6}}}, {{1, 5}, {2, 6}}},
             {"two that agree", {{{1, 5}}, {{1, 5}}}, {{1, 5}}},
             {"the lower of two", {{{1, kLie}}, {{1, 5}}}, {{1, 5}}},
             {"one of three tells too much", {{{1, kLie}}, {{1, 5}}, {{1, 6}}}, {{1, 6}}},
             {"one of three tells too little", {{{1, 5}}, {{1, 0}}, {{1, 6}}}, {{1, 5}}},
             {"slots that one of three makes up",
              {{{1, 5}}, {{1, 5}}, {{1, 5}, {9, kLie}}},
              {{1, 5}}},
             {"a slot that one has not seen",
              {{{1, 5}, {2, 7}}, {{1, 5}}, {{1, 5}, {2, 8}}},
              {{1, 5}, {2, 7}}},
             {"nothing in common", {{{1, 5}}, {{2, 6}}}, {}},
             {"nothing", {{}, {}}, {}},
         }) {
        std::vector<std::vector<rpc::SlotPrice>> words;
        for (const auto& word : told) {
            words.push_back(prices(word));
        }
        const auto middles = rpc::middle_prices(words);
        ASSERT_EQ(middles.size(), believed.size()) << what;
        for (std::size_t index = 0; index < middles.size(); ++index) {
            EXPECT_EQ(middles[index].slot.value, believed[index].first) << what;
            EXPECT_EQ(middles[index].lowest.value, believed[index].second) << what;
        }
    }
}

class PricesTest : public FailoverTest {
  protected:
    PricesTest() {
        chain_.set_prices(prices({{1, 5}}));
        start();
    }
    auto ask() { return run_task(clock_, rpc().recent_prices({})); }
};

TEST_F(PricesTest, ASilentNodeIsDoneWithout) {
    ASSERT_TRUE(ask());
    first_.dead.insert("recent_prices");
    const auto told = ask();
    ASSERT_TRUE(told) << told.error().message;
    EXPECT_EQ(told->size(), 1U);
    second_.dead.insert("recent_prices");
    EXPECT_FALSE(ask());
}

} // namespace
} // namespace relay::test
