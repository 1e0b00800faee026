#include "relay/base/fair_queue.hpp"

#include "relay/base/client_key.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>
#include <vector>

namespace relay::base {
namespace {

constexpr ClientKey kOne{1};
constexpr ClientKey kOther{2};
constexpr ClientKey kThird{3};

std::vector<int> all_of(FairQueue<int>& queue) {
    std::vector<int> items;
    while (const auto item = queue.pop()) {
        items.push_back(*item);
    }
    return items;
}

TEST(FairQueue, ClientsTakeTurnsAndEachOnesComeInOrder) {
    FairQueue<int> queue;
    for (const int item : {10, 11, 12, 13}) {
        queue.push(kOne, item);
    }
    queue.push(kOther, 20);
    queue.push(kOther, 21);
    queue.push(kThird, 30);
    EXPECT_EQ(queue.size(), 7U);
    EXPECT_THAT(all_of(queue), testing::ElementsAre(10, 20, 30, 11, 21, 12, 13));
    EXPECT_EQ(queue.size(), 0U);
    EXPECT_EQ(queue.shed(), std::nullopt);
}

TEST(FairQueue, ShedsTheNewestOfWhoHasMost) {
    FairQueue<int> queue;
    for (const int item : {10, 11, 12}) {
        queue.push(kOne, item);
    }
    queue.push(kOther, 20);
    EXPECT_EQ(queue.shed(), 12);
    EXPECT_EQ(queue.shed(), 11);
    EXPECT_EQ(queue.shed(), 20); // as many as the first, and its turn comes later
    EXPECT_EQ(queue.shed(), 10);
    EXPECT_EQ(queue.shed(), std::nullopt);
    EXPECT_EQ(queue.size(), 0U);
}

TEST(FairQueue, WhoWaitsNoMoreLeavesNoTurnBehind) {
    FairQueue<int> queue;
    queue.push(kOne, 10);
    queue.push(kOther, 20);
    queue.push(kOther, 21);
    queue.erase(kOne, 10);
    queue.erase(kOther, 20);
    EXPECT_EQ(queue.size(), 1U);
    queue.push(kOne, 11);
    EXPECT_THAT(all_of(queue), testing::ElementsAre(21, 11));
}

} // namespace
} // namespace relay::base
