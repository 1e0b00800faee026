#pragma once
// What completes relayd's commands, flags and settings in a shell, made of the tables of both.
// Private to app.

#include "relay/app/settings.hpp"

#include <optional>
#include <string>
#include <vector>

namespace relay::app {

/// A script for the shell to read; none where the shell is not bash, zsh or fish.
std::optional<std::string> completions(const std::string& shell,
                                       const std::vector<SettingInfo>& settings);

} // namespace relay::app
