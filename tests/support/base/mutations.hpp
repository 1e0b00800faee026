#pragma once
// Texts with a slip of the pen in them, for tests of what is told of a text that was not
// understood.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace relay::test {

/// One letter outside of `kept` is dropped, doubled, changed, or has another put before it. The
/// same seed makes the same slip.
inline std::string mutated(std::string text, std::string_view kept, std::uint32_t seed) {
    constexpr std::string_view kLetters = "@:/?#%&=,;[]\\'\" +.-_aA0\t\n~";
    std::mt19937 random(seed);
    const auto below = [&](std::size_t limit) { return random() % limit; };
    const auto begin = text.find(kept);
    auto at = below(text.size() - kept.size() + 1);
    at += at > begin ? kept.size() : 0;
    const char letter = kLetters[below(kLetters.size())];
    switch (at == text.size() || at == begin ? 3 : below(4)) {
        case 0:
            text.erase(at, 1);
            break;
        case 1:
            text.insert(at, 1, text[at]);
            break;
        case 2:
            text[at] = letter;
            break;
        default:
            text.insert(at, 1, letter);
    }
    return text;
}

/// What `tell` says of each text after a slip, two thousand of them each, holds no `password`.
template <class Tell>
void expect_untold(const std::vector<std::string>& texts, std::string_view password, Tell tell) {
    for (const auto& text : texts) {
        for (std::uint32_t seed = 0; seed < 2'000; ++seed) {
            const auto slip = mutated(text, password, seed);
            const std::string told = tell(slip);
            EXPECT_FALSE(told.contains(password)) << slip << "\n" << told;
        }
    }
}

} // namespace relay::test
