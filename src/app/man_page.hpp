#pragma once
// relayd(1), made of the table of commands and the table of settings. Private to app.

#include "relay/app/settings.hpp"

#include <string>
#include <vector>

namespace relay::app {

/// Troff with the man macros: `relayd man | man -l -`.
std::string man_page(const std::vector<SettingInfo>& settings);

} // namespace relay::app
