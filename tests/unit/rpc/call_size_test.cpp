#include "call_size.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace relay::rpc {
namespace {

constexpr CallSize::Clock::time_point kStart{std::chrono::hours(1)};

TEST(CallSize, ARefusalTeachesTheNumberThatItNamesElseAFew) {
    struct Case {
        std::string words;
        std::size_t asked;
        std::optional<std::size_t> instead;
    };
    for (const auto& known : {
             Case{"RPC error -32602: Too many inputs provided; max 100", 256, 100},
             Case{"RPC error -32602: at most 10 of 256", 256, 10},
             Case{"RPC error -32602: Invalid params", 256, 5},
             Case{"RPC error -32602: Invalid params", 6, 5},
             Case{"99999999999999999999999999", 256, 5},
             Case{"", 5, std::nullopt},
             Case{"max 0", 3, std::nullopt},
             Case{"max 2", 3, 2},
         }) {
        CallSize size(256);
        EXPECT_EQ(size.instead_of(known.asked, known.words, kStart), known.instead) << known.words;
        EXPECT_EQ(size.size(kStart), 256U) << "until a smaller call is seen to be the mend";
    }
}

TEST(CallSize, WhatMendsIsKeptAndMoreIsTriedRarely) {
    CallSize size(256);
    size.taken(5, 5, kStart);
    auto now = kStart + CallSize::kTryMoreAfter;
    EXPECT_EQ(size.size(now - std::chrono::seconds(1)), 5U);
    ASSERT_EQ(size.size(now), 10U);
    size.taken(3, 10, now); // says nothing of ten
    ASSERT_EQ(size.size(now), 10U);
    EXPECT_EQ(size.instead_of(10, "max 7", now), 5U);
    EXPECT_EQ(size.size(now), 5U);
    for (const std::size_t more : {10U, 20U, 40U, 80U, 160U, 256U}) {
        now += CallSize::kTryMoreAfter;
        ASSERT_EQ(size.size(now), more);
        size.taken(more, more, now);
    }
    EXPECT_EQ(size.size(now + CallSize::kTryMoreAfter), 256U);
}

} // namespace
} // namespace relay::rpc
