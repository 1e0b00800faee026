// What is made of the tables: completions and the manual page hold every command and setting.

#include "command_table.hpp"
#include "completions.hpp"
#include "man_page.hpp"
#include "relay/app/settings.hpp"

#include <gtest/gtest.h>
#include <cstddef>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace relay::app {
namespace {

std::string without(std::string text, std::string_view what) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what)) {
        text.erase(at, what.size());
    }
    return text;
}

bool holds_word(const std::string& text, const std::string& word) {
    return std::regex_search(text, std::regex("(^|[^a-z-])" + word + "($|[^a-z-])"));
}

TEST(CommandTexts, CompletionsHoldEveryWord) {
    for (const char* shell : {"bash", "zsh", "fish"}) {
        const auto text = completions(shell, setting_infos());
        ASSERT_TRUE(text);
        const std::string dashes = std::string_view(shell) == "fish" ? "-l " : "--";
        for (const auto& command : command_infos()) {
            std::istringstream words(command.name);
            for (std::string word; words >> word;) {
                EXPECT_TRUE(holds_word(*text, word)) << shell << ": " << word;
            }
            for (const auto& flag : command.flags) {
                EXPECT_NE(text->find(dashes + flag.name), std::string::npos)
                    << shell << ": " << flag.name;
            }
        }
        for (const auto& setting : setting_infos()) {
            EXPECT_NE(text->find(dashes + setting.name), std::string::npos)
                << shell << ": " << setting.name;
        }
    }
    EXPECT_FALSE(completions("tcsh", setting_infos()));
}

TEST(CommandTexts, TheManualHoldsEveryCommandFlagAndSetting) {
    const auto page = without(man_page(setting_infos()), "\\");
    for (const auto& command : command_infos()) {
        EXPECT_NE(page.find(".TP\nfB" + command.name + "fR"), std::string::npos) << command.name;
        for (const auto& flag : command.flags) {
            EXPECT_NE(page.find("fB--" + flag.name + "fR"), std::string::npos) << flag.name;
        }
    }
    for (const auto& setting : setting_infos()) {
        EXPECT_NE(page.find("fB--" + setting.name + "fR"), std::string::npos) << setting.name;
        EXPECT_NE(page.find(setting.environment()), std::string::npos) << setting.name;
    }
}

TEST(CommandTexts, NoNameIsGivenTwice) {
    const auto commands = command_infos();
    for (std::size_t one = 0; one < commands.size(); ++one) {
        for (std::size_t other = one + 1; other < commands.size(); ++other) {
            EXPECT_NE(commands[one].name, commands[other].name);
            EXPECT_NE(commands[one].command, commands[other].command);
        }
        for (const auto& flag : commands[one].flags) {
            for (const auto& setting : setting_infos()) {
                EXPECT_NE(flag.name, setting.name) << commands[one].name;
            }
        }
    }
}

} // namespace
} // namespace relay::app
