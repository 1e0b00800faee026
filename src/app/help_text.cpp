#include "help_text.hpp"

#include "command_table.hpp"
#include "relay/app/settings.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace relay::app {

namespace {

/// Where the second column begins.
constexpr std::size_t kIndent = 34;

std::string line(const std::string& left, const std::string& right) {
    const auto gap = std::max(kIndent, left.size() + 4) - left.size() - 2;
    return "  " + left + std::string(gap, ' ') + right + "\n";
}

} // namespace

std::string synopsis(const CommandFlag& flag) {
    return "--" + flag.name + (flag.value.empty() ? "" : " " + flag.value);
}

std::string explanation(const SettingInfo& setting) {
    auto text = setting.help + " [" + setting.environment();
    if (setting.secret) {
        text += " or " + setting.environment() + "_FILE";
    }
    text += "]";
    if (!setting.default_text.empty()) {
        text += " (default " + setting.default_text + ")";
    }
    return text;
}

std::string help_text(const std::vector<SettingInfo>& settings) {
    std::string text = "relayd: " + std::string(kSummary) +
                       "\n\nusage: relayd [command] [flags]\n\ncommands (relayd COMMAND --help has "
                       "the flags of each):\n";
    for (const auto& command : command_infos()) {
        text += line(command.synopsis(), command.help);
    }
    text += "\nflags of every command:\n";
    text += line("--help", "print this, or a command's own help");
    text += line("--version", "print the version");
    text += line("--config FILE", "configuration file, TOML [RELAY_CONFIG]");
    text += "\nsettings; flags beat the environment, which beats the file:\n";
    for (const auto& setting : settings) {
        text += line("--" + setting.name, explanation(setting));
    }
    return text;
}

std::string help_text(const CommandInfo& command) {
    std::string text = "usage: relayd " + command.synopsis() +
                       (command.flags.empty() ? "" : " [flags]") + "\n\n" + command.help + "\n";
    if (!command.choices.empty()) {
        std::string names;
        for (const auto& choice : command.choices) {
            names += (names.empty() ? "" : ", ") + choice;
        }
        text += "\n" + line(command.argument, names);
    }
    if (!command.flags.empty()) {
        text += "\nflags:\n";
        for (const auto& flag : command.flags) {
            text += line(synopsis(flag), flag.help);
        }
    }
    return text + "\nrelayd --help lists the settings, which are flags of every command.\n";
}

} // namespace relay::app
