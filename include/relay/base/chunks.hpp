#pragma once
// A list cut into parts of a bounded size, for calls that take no more at once. (The standard's
// views::chunk is not in g++ 12.)

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

namespace relay::base {

/// In their order; none for an empty list. REQUIRES: most > 0.
template <class T>
std::vector<std::vector<T>> in_chunks(std::vector<T> all, std::size_t most) {
    std::vector<std::vector<T>> chunks;
    if (all.size() <= most) {
        if (!all.empty()) {
            chunks.push_back(std::move(all));
        }
        return chunks;
    }
    for (std::size_t start = 0; start < all.size(); start += most) {
        const auto first = all.begin() + static_cast<std::ptrdiff_t>(start);
        const auto last = first + static_cast<std::ptrdiff_t>(std::min(most, all.size() - start));
        chunks.emplace_back(std::make_move_iterator(first), std::make_move_iterator(last));
    }
    return chunks;
}

} // namespace relay::base
