#include "relay/rpc/evidence.hpp"

#include "relay/rpc/node_rpc.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/units.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace relay::rpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

EpochInfo at(std::uint64_t slot, std::uint64_t height) {
    return {{slot}, {height}};
}

TEST(Evidence, TwoReadingsOfOneChain) {
    EXPECT_FALSE(contradiction(at(100, 50), at(100, 50)));
    EXPECT_FALSE(contradiction(at(100, 50), at(110, 60))); // no slot skipped
    EXPECT_FALSE(contradiction(at(100, 50), at(110, 50))); // all skipped
    EXPECT_FALSE(contradiction(at(110, 55), at(100, 50)));
    EXPECT_TRUE(contradiction(at(100, 50), at(110, 61))); // more blocks than slots
    EXPECT_TRUE(contradiction(at(100, 50), at(110, 49))); // a chain does not shrink
    EXPECT_TRUE(contradiction(at(100, 50), at(100, 51)));
    EXPECT_TRUE(contradiction(at(22'000'100, 100), at(22'000'110, 22'000'110)));
}

TEST(Evidence, ANewestBlockhashLivesAbout150BlocksMore) {
    const auto doubt = [](std::uint64_t height, std::uint64_t last_valid, milliseconds apart) {
        return contradiction(at(30'000'000, height), {last_valid}, apart).has_value();
    };
    EXPECT_FALSE(doubt(1'000, 1'150, {}));
    EXPECT_FALSE(doubt(1'000, 1'110, {})); // of a node forty blocks behind
    EXPECT_FALSE(doubt(1'000, 1'190, {}));
    EXPECT_TRUE(doubt(1'000, 999, {})); // it is dead
    EXPECT_TRUE(doubt(1'000, 0, {}));
    EXPECT_TRUE(doubt(1'000, 1'301, {}));
    EXPECT_FALSE(doubt(1'000, 1'301, seconds(1))); // the chain went on meanwhile
    EXPECT_TRUE(doubt(1'000, 22'001'150, seconds(60)));
    EXPECT_TRUE(doubt(22'001'000, 1'150, {})); // the slot in the height's place
}

class NodeClockTest : public testing::Test {
  protected:
    bool believes(std::uint64_t slot, std::uint64_t height) {
        return !clock_.read(at(slot, height), now_);
    }
    void pass(milliseconds time) { now_ += time; }

    NodeClock clock_;
    NodeClock::Clock::time_point now_{std::chrono::hours(1)};
};

TEST_F(NodeClockTest, BelievesWhatCanBe) {
    EXPECT_TRUE(believes(1'000, 900));
    pass(seconds(1));
    EXPECT_TRUE(believes(1'005, 904));
    EXPECT_TRUE(believes(1'002, 901)); // a backend that is behind
    EXPECT_EQ(clock_.newest(), at(1'005, 904));
    EXPECT_EQ(clock_.doubts(), 0);
}

TEST_F(NodeClockTest, DoubtsWhatCannotBe) {
    EXPECT_FALSE(believes(1'000, 1'001)); // a height above its slot
    EXPECT_TRUE(believes(1'000, 900));
    pass(seconds(1));
    EXPECT_FALSE(believes(1'005, 1'005)); // the slot in the height's place
    EXPECT_FALSE(believes(1'005, 906));   // more blocks than slots
    EXPECT_FALSE(believes(1'005, 899));
    EXPECT_FALSE(believes(1'000'000, 901)); // a million slots in a second
    EXPECT_EQ(clock_.newest(), at(1'000, 900));
    EXPECT_EQ(clock_.doubts(), 4);
    EXPECT_TRUE(believes(1'005, 905));
    EXPECT_EQ(clock_.doubts(), 0);
}

TEST_F(NodeClockTest, WhatWasWrongAtFirstIsGivenUpOnceAllSignedByItIsDead) {
    EXPECT_TRUE(believes(30'000'000, 30'000'000)); // alone, it could be
    for (int passed = 0; passed < 152; passed += 8) {
        EXPECT_FALSE(believes(30'000'100U + static_cast<std::uint64_t>(passed), 8'000'000));
        pass(seconds(8));
    }
    EXPECT_TRUE(believes(30'001'000, 8'000'500));
    EXPECT_EQ(clock_.newest(), at(30'001'000, 8'000'500));
    EXPECT_FALSE(clock_.first_past({20'000'000}).has_value());
}

TEST_F(NodeClockTest, DoubtsThatDisagreeGiveNothingUp) {
    EXPECT_TRUE(believes(1'000, 900));
    for (int count = 0; count < 100; ++count) {
        pass(seconds(5));
        EXPECT_FALSE(believes(1'000, 800U - static_cast<std::uint64_t>(count)));
    }
    EXPECT_EQ(clock_.newest(), at(1'000, 900));
}

TEST_F(NodeClockTest, TellsWhatTheHeightCanBeByNow) {
    EXPECT_FALSE(clock_.highest_by(now_).has_value());
    ASSERT_TRUE(believes(1'000, 900));
    EXPECT_EQ(clock_.highest_by(now_), solana::BlockHeight{901});
    pass(seconds(3));
    EXPECT_EQ(clock_.highest_by(now_), solana::BlockHeight{931}); // a block in 100 ms
}

TEST_F(NodeClockTest, WhatWasOnceReadStaysGood) {
    for (std::uint64_t height = 900; height < 5'000; height += 4) {
        pass(seconds(1));
        ASSERT_TRUE(believes(height + 200, height));
    }
    // The first known at which it was over, however many were read since: old ones are kept
    // loosely.
    const auto past = clock_.first_past({4'898});
    ASSERT_TRUE(past.has_value());
    EXPECT_EQ(past->height.value, 4'900U);
    const auto old = clock_.first_past({1'000});
    ASSERT_TRUE(old.has_value());
    EXPECT_GE(old->height.value, 1'002U);
    EXPECT_LT(old->height.value, 2'000U);
    EXPECT_FALSE(clock_.first_past({4'995}).has_value());
    EXPECT_EQ(clock_.last_below({4'901})->height.value, 4'900U);
    EXPECT_FALSE(clock_.last_below({899}).has_value());
}

TEST(Weighing, AnAbsenceIsProvenUnderEachConditionOnly) {
    NodeClock clock;
    const NodeClock::Clock::time_point now{std::chrono::hours(1)};
    ASSERT_FALSE(clock.read(at(1'000, 500), now));
    ASSERT_FALSE(clock.read(at(1'200, 652), now + seconds(60)));
    const Question question{{}, {650}, seconds(16)};
    struct Case {
        const char* what;
        Question question;
        Testimony testimony;
        Witness witness;
    };
    auto young = question;
    young.age = seconds(15);
    auto later = question;
    later.last_valid_block_height = {651};
    const auto alpenglow = Consensus::Alpenglow;
    for (const auto& [what, asked, testimony, witness] : std::vector<Case>{
             {"proven", question, {{1'200}, true, alpenglow}, Witness::Absent},
             {"the node has not come so far",
              question,
              {{1'199}, true, alpenglow},
              Witness::NotYet},
             {"a block may still hold it", later, {{1'500}, true, alpenglow}, Witness::NotYet},
             {"too little time has passed", young, {{1'500}, true, alpenglow}, Witness::NotYet},
             {"on TowerBFT 32 more", question, {{1'231}, true, Consensus::Tower}, Witness::NotYet},
             {"on TowerBFT", question, {{1'232}, true, Consensus::Tower}, Witness::Absent},
             {"an old node is as TowerBFT",
              question,
              {{1'231}, true, Consensus::Unknown},
              Witness::NotYet},
             {"without history, soon", question, {{1'300}, false, alpenglow}, Witness::Absent},
             {"without history, later", question, {{1'301}, false, alpenglow}, Witness::CannotTell},
         }) {
        EXPECT_EQ(weigh(asked, clock, testimony), witness) << what;
    }
    // Without its history it must know from where on it remembers: by its readings, or by the
    // blockhash.
    NodeClock fresh;
    ASSERT_FALSE(fresh.read(at(1'200, 652), now));
    EXPECT_EQ(weigh(question, fresh, {{1'201}, false, alpenglow}), Witness::CannotTell);
    auto dated = question;
    dated.blockhash_slot = solana::Slot{1'000};
    EXPECT_EQ(weigh(dated, fresh, {{1'300}, false, alpenglow}), Witness::Absent);
    EXPECT_EQ(weigh(dated, fresh, {{1'301}, false, alpenglow}), Witness::CannotTell);
}

} // namespace
} // namespace relay::rpc
