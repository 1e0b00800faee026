#include "relay/base/chunks.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <numeric>
#include <vector>

namespace relay::base {
namespace {

TEST(Chunks, AreOfTheSizeAskedForButTheLast) {
    struct Case {
        std::size_t all;
        std::vector<std::size_t> sizes;
    };
    for (const auto& [all, sizes] : {Case{0, {}}, Case{1, {1}}, Case{3, {3}}, Case{4, {3, 1}},
                                     Case{6, {3, 3}}, Case{7, {3, 3, 1}}}) {
        std::vector<int> numbers(all);
        std::iota(numbers.begin(), numbers.end(), 0);
        std::vector<std::size_t> found;
        std::vector<int> joined;
        for (const auto& chunk : in_chunks(numbers, 3)) {
            found.push_back(chunk.size());
            joined.insert(joined.end(), chunk.begin(), chunk.end());
        }
        EXPECT_EQ(found, sizes);
        EXPECT_EQ(joined, numbers);
    }
}

} // namespace
} // namespace relay::base
