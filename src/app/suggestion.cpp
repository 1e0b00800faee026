#include "suggestion.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::app {

namespace {

/// Letters to add, drop or change from one to the other (Levenshtein's distance).
std::size_t distance(std::string_view one, std::string_view other) {
    std::vector<std::size_t> row(other.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t line = 0; line < one.size(); ++line) {
        std::size_t diagonal = std::exchange(row[0], line + 1);
        for (std::size_t column = 0; column < other.size(); ++column) {
            const auto change = diagonal + (one[line] == other[column] ? 0 : 1);
            diagonal = row[column + 1];
            row[column + 1] = std::min({row[column] + 1, row[column + 1] + 1, change});
        }
    }
    return row.back();
}

} // namespace

std::string did_you_mean(std::string_view typed, const std::vector<std::string>& words) {
    const auto nearest = std::ranges::min_element(
        words, {}, [typed](const std::string& word) { return distance(typed, word); });
    if (nearest == words.end() ||
        distance(typed, *nearest) > std::max<std::size_t>(2, typed.size() / 4)) {
        return "";
    }
    return "; did you mean " + *nearest + "?";
}

} // namespace relay::app
