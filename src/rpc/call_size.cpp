#include "call_size.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>
#include <system_error>

namespace relay::rpc {

namespace {

/// The first number in the words that is smaller than what was asked for.
std::optional<std::size_t> number_below(std::size_t asked, std::string_view words) {
    constexpr std::string_view kDigits = "0123456789";
    while (!words.empty()) {
        words.remove_prefix(std::min(words.find_first_of(kDigits), words.size()));
        const auto digits = words.substr(0, words.find_first_not_of(kDigits));
        std::size_t number = 0;
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (read.ec == std::errc{} && number >= 1 && number < asked) {
            return number;
        }
        words.remove_prefix(digits.size());
    }
    return std::nullopt;
}

} // namespace

std::size_t CallSize::size(Clock::time_point now) const {
    const bool tries_more = known_ < most_ && now - learnt_at_ >= kTryMoreAfter;
    return tries_more ? std::min(known_ * 2, most_) : known_;
}

void CallSize::taken(std::size_t asked, std::size_t size, Clock::time_point now) {
    const bool is_news = size < known_ || (size > known_ && asked == size);
    if (is_news) {
        known_ = size;
        learnt_at_ = now;
    }
}

std::optional<std::size_t> CallSize::instead_of(std::size_t asked, std::string_view words,
                                                Clock::time_point now) {
    if (asked > known_) {
        learnt_at_ = now;
        return known_;
    }
    if (const auto told = number_below(asked, words)) {
        return told;
    }
    return asked > kFew ? std::optional(kFew) : std::nullopt;
}

} // namespace relay::rpc
