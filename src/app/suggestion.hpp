#pragma once
// What a mistyped word may have meant.

#include <string>
#include <string_view>
#include <vector>

namespace relay::app {

/// What a refusal of the command line ends in.
inline constexpr const char* kSeeHelp = " (relayd --help lists the settings)";

/// "; did you mean X?", or nothing where no word is near.
std::string did_you_mean(std::string_view typed, const std::vector<std::string>& words);

} // namespace relay::app
