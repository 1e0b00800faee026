// Every setting reaches the relay in containers, and is named where its operator looks.

#include "relay/app/settings.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>

namespace relay::app {
namespace {

/// What each line matching `pattern` captures: a name and a text.
std::map<std::string, std::string> read_lines(const std::string& path, const char* pattern) {
    std::ifstream file(path);
    EXPECT_TRUE(file) << path;
    const std::regex line_of_interest(pattern);
    std::map<std::string, std::string> found;
    for (std::string line; std::getline(file, line);) {
        std::smatch match;
        if (std::regex_match(line, match, line_of_interest)) {
            found[match[1].str()] = match[2].str();
        }
    }
    return found;
}

class SettingsInDocker : public testing::Test {
  protected:
    SettingsInDocker() {
        for (const auto& info : setting_infos()) {
            defaults_[info.environment()] = info.default_text;
            if (info.secret) {
                file_of_[info.environment() + "_FILE"] = info.environment();
            }
        }
    }

    std::map<std::string, std::string> defaults_;
    std::map<std::string, std::string> file_of_;
    /// "RELAY_X:" hands over what .env says; "RELAY_X: value" is compose.yaml's own to say.
    std::map<std::string, std::string> compose_ =
        read_lines(RELAY_DOCKER "/compose.yaml", "^      (RELAY_[A-Z_]+): *(.*)$");
    std::map<std::string, std::string> example_ =
        read_lines(RELAY_DOCKER "/.env.example", "^#?(RELAY_[A-Z_]+)=(.*)$");
};

TEST_F(SettingsInDocker, ComposeKnowsEverySettingAndNoOther) {
    std::set<std::string> known;
    for (const auto& [variable, value] : compose_) {
        const auto secret = file_of_.find(variable);
        const auto& name = secret == file_of_.end() ? variable : secret->second;
        EXPECT_TRUE(defaults_.contains(name)) << name << " is no setting";
        known.insert(name);
    }
    for (const auto& [name, value] : defaults_) {
        EXPECT_TRUE(known.contains(name)) << name << " is missing in compose.yaml";
    }
}

TEST_F(SettingsInDocker, TheExampleNamesWhatComposeHandsOverAtItsDefault) {
    example_.erase("RELAY_IMAGE"); // docker's own
    for (const auto& [variable, value] : compose_) {
        if (!value.empty()) {
            continue;
        }
        ASSERT_TRUE(example_.contains(variable)) << variable << " is missing in .env.example";
        if (variable != "RELAY_SOLANA_RPC_URLS") { // there the localnet's
            EXPECT_EQ(example_[variable], defaults_[variable]) << variable;
        }
    }
    for (const auto& [variable, value] : example_) {
        EXPECT_TRUE(compose_.contains(variable) && compose_[variable].empty())
            << variable << " is not handed over by compose.yaml";
    }
}

} // namespace
} // namespace relay::app
