#pragma once
// A length of time as people write it: "500ms", "1s", "2m", "1h". A whole number and one unit.

#include <chrono>
#include <optional>
#include <string_view>

namespace relay::base {

/// None where the text is no duration, or more than 2^31 of its unit.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

} // namespace relay::base
