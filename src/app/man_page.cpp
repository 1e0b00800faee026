#include "man_page.hpp"

#include "command_table.hpp"
#include "help_text.hpp"
#include "relay/app/settings.hpp"
#include "relay/app/version.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace relay::app {

namespace {

/// Text as it is: no letter of it is troff's.
std::string escaped(std::string_view text) {
    std::string safe;
    for (const char letter : text) {
        if (letter == '\\') {
            safe += "\\e";
        } else if (letter == '-') {
            safe += "\\-";
        } else {
            safe += letter;
        }
    }
    // At the beginning of a line these are requests.
    return safe.starts_with('.') || safe.starts_with('\'') ? "\\&" + safe : safe;
}

std::string bold(std::string_view text) {
    return "\\fB" + escaped(text) + "\\fR";
}

std::string italic(std::string_view text) {
    return "\\fI" + escaped(text) + "\\fR";
}

std::string section(std::string_view title, const std::string& text) {
    return ".SH " + std::string(title) + "\n" + text;
}

/// A tagged paragraph.
std::string entry(const std::string& tag, const std::string& text) {
    return ".TP\n" + tag + "\n" + text + "\n";
}

std::string commands() {
    std::string text;
    for (const auto& command : command_infos()) {
        const auto argument = command.argument.empty() ? "" : " " + italic(command.argument);
        text += entry(bold(command.name) + argument, escaped(command.help) + ".");
        if (command.flags.empty()) {
            continue;
        }
        text += ".RS\n";
        for (const auto& flag : command.flags) {
            const auto value = flag.value.empty() ? "" : " " + italic(flag.value);
            text += entry(bold("--" + flag.name) + value, escaped(flag.help) + ".");
        }
        text += ".RE\n";
    }
    return text;
}

std::string all_settings(const std::vector<SettingInfo>& settings) {
    std::string text =
        "Each is a flag, an environment variable and a key of the configuration "
        "file;\nflags beat the environment, which beats the file.\n";
    for (const auto& setting : settings) {
        text += entry(bold("--" + setting.name), escaped(explanation(setting)));
    }
    return text;
}

} // namespace

std::string man_page(const std::vector<SettingInfo>& settings) {
    const std::string about =
        "A client posts a withdraw over HTTP; what is answered 202 is committed in Postgres, and "
        "is "
        "paid once or fails with its true reason.\nThe commands of clients and operators ask a "
        "relay that runs: where its listeners are\n(" +
        escaped("RELAY_HTTP_HOST, RELAY_HTTP_PORT, RELAY_ADMIN_HOST, RELAY_ADMIN_PORT") +
        ")\nor where " + bold("--url") + " says, with the token of " +
        escaped("RELAY_ADMIN_TOKEN or RELAY_ADMIN_TOKEN_FILE") + ".\n";
    return ".TH RELAYD 1 \"\" \"relayd " + escaped(kVersion) + "\" \"shield\\-relay\"\n" +
           section("NAME", "relayd \\- " + escaped(kSummary) + "\n") +
           section("SYNOPSIS",
                   bold("relayd") + " [" + italic("command") + "] [" + italic("flags") + "]\n") +
           section("DESCRIPTION", about) + section("COMMANDS", commands()) +
           section("OPTIONS", entry(bold("--help"), "Print the help of relayd, or of a command.") +
                                  entry(bold("--version"), "Print the version.") +
                                  entry(bold("--config") + " " + italic("FILE"),
                                        "The configuration file, TOML [RELAY_CONFIG].")) +
           section("SETTINGS", all_settings(settings)) +
           section("EXIT STATUS", entry("0", "All went well.") +
                                      entry("1", "Something failed, or was refused.") +
                                      entry("2", "A setting, a flag or an argument is wrong."));
}

} // namespace relay::app
