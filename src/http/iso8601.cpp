#include "iso8601.hpp"

#include "relay/jobs/job.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace relay::http {

namespace {

constexpr std::string_view kForm = "0000-00-00T00:00:00";
constexpr std::size_t kMostFraction = 6; // microseconds; the rest is dropped

bool is_digit(char character) {
    return character >= '0' && character <= '9';
}

/// REQUIRES: digits.
int number(std::string_view text, std::size_t start, std::size_t length) {
    int value = 0;
    std::from_chars(text.data() + start, text.data() + start + length, value);
    return value;
}

/// What stands between the seconds and the Z: nothing, or a point and digits.
std::optional<std::chrono::microseconds> parse_fraction(std::string_view text) {
    if (text.empty()) {
        return std::chrono::microseconds(0);
    }
    if (text.size() < 2 || text.front() != '.' || !std::ranges::all_of(text.substr(1), is_digit)) {
        return std::nullopt;
    }
    std::string digits(text.substr(1, kMostFraction));
    digits.resize(kMostFraction, '0');
    return std::chrono::microseconds(number(digits, 0, kMostFraction));
}

} // namespace

std::string to_iso8601(jobs::Timestamp time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time - seconds).count();
    const std::time_t plain = seconds.time_since_epoch().count();
    std::tm parts{};
    ::gmtime_r(&plain, &parts);
    std::array<char, 40> text{};
    const auto length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    std::snprintf(text.data() + length, text.size() - length, ".%03dZ",
                  static_cast<int>(milliseconds));
    return text.data();
}

std::optional<jobs::Timestamp> parse_iso8601(std::string_view text) {
    if (text.size() <= kForm.size() || text.back() != 'Z') {
        return std::nullopt;
    }
    for (std::size_t index = 0; index < kForm.size(); ++index) {
        if (is_digit(kForm[index]) ? !is_digit(text[index]) : text[index] != kForm[index]) {
            return std::nullopt;
        }
    }
    const auto fraction = parse_fraction(text.substr(kForm.size(), text.size() - kForm.size() - 1));
    const std::chrono::year_month_day date{
        std::chrono::year(number(text, 0, 4)),
        std::chrono::month(static_cast<unsigned>(number(text, 5, 2))),
        std::chrono::day(static_cast<unsigned>(number(text, 8, 2)))};
    const auto hours = number(text, 11, 2);
    const auto minutes = number(text, 14, 2);
    const auto seconds = number(text, 17, 2);
    if (!fraction || !date.ok() || date.year() < std::chrono::year(1970) || hours > 23 ||
        minutes > 59 || seconds > 59) {
        return std::nullopt;
    }
    return std::chrono::sys_days(date) + std::chrono::hours(hours) + std::chrono::minutes(minutes) +
           std::chrono::seconds(seconds) + *fraction;
}

} // namespace relay::http
