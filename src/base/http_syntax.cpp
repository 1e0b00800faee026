#include "http_syntax.hpp"

#include "relay/base/http_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

namespace relay::base {

namespace {

bool is_token_character(char character) {
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    return (character >= '0' && character <= '9') ||
           (to_lower(character) >= 'a' && to_lower(character) <= 'z') || kMarks.contains(character);
}

} // namespace

char to_lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
    return std::ranges::equal(text, lower, {}, to_lower);
}

bool is_blank(char character) {
    return character == ' ' || character == '\t';
}

std::string_view trim_blanks(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

std::optional<std::uint64_t> read_digits(std::string_view text, int base) {
    std::uint64_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number, base);
    if (text.empty() || stop != end || error == std::errc::invalid_argument) {
        return std::nullopt;
    }
    return error == std::errc::result_out_of_range ? kMostDigits : number;
}

bool is_http_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, is_token_character);
}

bool http_list_holds(std::string_view list, std::string_view token) {
    while (!list.empty()) {
        const auto item = list.substr(0, list.find(','));
        list.remove_prefix(std::min(item.size() + 1, list.size()));
        if (equals_ignoring_case(trim_blanks(item), token)) {
            return true;
        }
    }
    return false;
}

} // namespace relay::base
