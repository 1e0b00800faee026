#pragma once
// Texts with a slip of the pen in them, for tests of what is told of a text that was not
// understood.

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

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

} // namespace relay::test
