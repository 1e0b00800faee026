#pragma once
// Command lines as main gets them, in an environment without a variable of relayd's.

#include "relay/app/command_line.hpp"
#include "relay/base/error.hpp"

#include <gtest/gtest.h>

#include <unistd.h>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace relay::app {

/// Begins without a variable of relayd's, and leaves none.
class CommandLineTest : public testing::Test {
  protected:
    CommandLineTest() {
        clear();
        set("RELAY_SOLANA_KEYPAIR", "/key.json");
    }
    ~CommandLineTest() override { clear(); }

    static void set(const std::string& name, const std::string& value) {
        ::setenv(name.c_str(), value.c_str(), 1);
    }

    static void clear() {
        std::vector<std::string> names;
        for (char** entry = environ; *entry != nullptr; ++entry) {
            const std::string_view variable(*entry);
            if (variable.starts_with("RELAY_")) {
                names.emplace_back(variable.substr(0, variable.find('=')));
            }
        }
        for (const auto& name : names) {
            ::unsetenv(name.c_str());
        }
    }

    /// As main gets them: argv's texts can be written to, and are afterwards in arguments_.
    base::Result<ParsedCommandLine> parse(std::vector<std::string> arguments) {
        arguments_ = std::move(arguments);
        arguments_.insert(arguments_.begin(), "relayd");
        std::vector<char*> argv;
        for (auto& argument : arguments_) {
            argv.push_back(argument.data());
        }
        argv.push_back(nullptr);
        return parse_command_line(static_cast<int>(arguments_.size()), argv.data());
    }

    Invocation invoke(std::vector<std::string> arguments) {
        auto parsed = parse(std::move(arguments));
        if (!parsed) {
            ADD_FAILURE() << parsed.error().message;
            return {};
        }
        return std::get<Invocation>(std::move(parsed->outcome));
    }

    std::string refusal(std::vector<std::string> arguments) {
        const auto parsed = parse(std::move(arguments));
        return parsed ? "accepted" : parsed.error().message;
    }

    std::vector<std::string> arguments_;
};

} // namespace relay::app
