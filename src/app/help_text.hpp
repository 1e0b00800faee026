#pragma once
// What --help prints, made of the table of commands and the table of settings. Private to app.

#include "command_table.hpp"
#include "relay/app/settings.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace relay::app {

/// relayd in one line.
inline constexpr std::string_view kSummary = "relays shielded withdrawals on Solana";

/// Commands and settings.
std::string help_text(const std::vector<SettingInfo>& settings);
/// One command.
std::string help_text(const CommandInfo& command);

/// "--limit N"
std::string synopsis(const CommandFlag& flag);
/// The help of a setting, with its variables and its default.
std::string explanation(const SettingInfo& setting);

} // namespace relay::app
