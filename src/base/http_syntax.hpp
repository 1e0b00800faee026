#pragma once
// The small parts that HTTP's lines are made of. Source: RFC 9110, section 5.6. Private to base.

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace relay::base {

inline constexpr std::uint64_t kMostDigits = std::numeric_limits<std::uint64_t>::max();

char to_lower(char letter);
bool equals_ignoring_case(std::string_view text, std::string_view lower);
/// A space or a tab.
bool is_blank(char character);
/// Without the blanks around it.
std::string_view trim_blanks(std::string_view text);
/// Digits of the base and nothing else; kMostDigits where the number is beyond what fits.
std::optional<std::uint64_t> read_digits(std::string_view text, int base);

} // namespace relay::base
