#include "flags.hpp"

#include "command_table.hpp"
#include "help_text.hpp"
#include "relay/app/command_line.hpp"
#include "relay/app/settings.hpp"
#include "relay/app/version.hpp"
#include "relay/base/error.hpp"
#include "suggestion.hpp"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <cstring>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::app {

namespace {

/// Overwrites a flag's value, as "--name value" or "--name=value".
void blank(const std::string& name, std::string_view secret, int argc, char** argv) {
    const auto flag = "--" + name + "=";
    for (int index = 1; index < argc; ++index) {
        const std::string_view argument(argv[index]);
        if (argument == secret) {
            std::memset(argv[index], '*', argument.size());
        } else if (argument.starts_with(flag)) {
            std::memset(argv[index] + flag.size(), '*', argument.size() - flag.size());
        }
    }
}

std::string version_text() {
    return std::string("relayd ") + kVersion + "\n";
}

/// A flag or an argument, and what is given for it.
struct Given {
    CLI::Option* option = nullptr;
    std::string text;
};

/// A command as CLI11 knows it, and what it is given.
struct Parsed {
    CommandInfo info;
    CLI::App* app = nullptr;
    Given argument;
    std::map<std::string, Given> flags;
};

} // namespace

struct Flags::Parser {
    const std::vector<SettingInfo>& infos;
    CLI::App cli{"", "relayd"};
    std::string config_path;
    std::map<std::string, Given> settings;
    /// A list: CLI11 keeps the addresses of the texts.
    std::list<Parsed> commands;
    /// By the first word of those commands that have two.
    std::map<std::string, CLI::App*> groups;

    explicit Parser(const std::vector<SettingInfo>& known);

    void add(CommandInfo info);
    CLI::App* group(const std::string& word);
    const Parsed* chosen() const;
    std::string help() const;
    std::optional<std::string> fault() const;
    std::string stray_fault(const std::string& stray) const;
};

Flags::Parser::Parser(const std::vector<SettingInfo>& known) : infos(known) {
    if (const char* path = std::getenv("RELAY_CONFIG")) {
        config_path = path;
    }
    cli.set_version_flag("--version", version_text());
    cli.add_option("--config", config_path);
    for (const auto& info : infos) {
        auto& given = settings[info.name];
        given.option = cli.add_option("--" + info.name, given.text);
    }
    cli.require_subcommand(0, 1);
    cli.fallthrough();
    cli.allow_extras();
    for (auto& info : command_infos()) {
        add(std::move(info));
    }
}

void Flags::Parser::add(CommandInfo info) {
    auto& parsed = commands.emplace_back(std::move(info));
    const auto& name = parsed.info.name;
    const auto space = name.find(' ');
    auto* parent = space == std::string::npos ? &cli : group(name.substr(0, space));
    parsed.app =
        parent->add_subcommand(space == std::string::npos ? name : name.substr(space + 1), "");
    if (!parsed.info.argument.empty()) {
        parsed.argument.option = parsed.app->add_option("argument", parsed.argument.text);
    }
    for (const auto& flag : parsed.info.flags) {
        auto& given = parsed.flags[flag.name];
        given.option = flag.value.empty() ? parsed.app->add_flag("--" + flag.name)
                                          : parsed.app->add_option("--" + flag.name, given.text);
    }
}

CLI::App* Flags::Parser::group(const std::string& word) {
    auto& app = groups[word];
    if (app == nullptr) {
        app = cli.add_subcommand(word, "");
    }
    return app;
}

/// Null where no command is named, or only the first of its two words.
const Parsed* Flags::Parser::chosen() const {
    for (const auto& parsed : commands) {
        if (parsed.app->parsed()) {
            return &parsed;
        }
    }
    return nullptr;
}

std::string Flags::Parser::help() const {
    if (const auto* parsed = chosen()) {
        return help_text(parsed->info);
    }
    return help_text(infos);
}

/// Why what CLI11 has taken is no command.
std::optional<std::string> Flags::Parser::fault() const {
    if (const auto strays = cli.remaining(true); !strays.empty()) {
        return stray_fault(strays.front());
    }
    const auto* parsed = chosen();
    if (parsed == nullptr && !cli.get_subcommands().empty()) {
        const auto word = cli.get_subcommands().front()->get_name();
        std::string words;
        for (const auto& each : commands) {
            if (each.info.name.starts_with(word + " ")) {
                words += (words.empty() ? "" : ", ") + each.info.name;
            }
        }
        return word + " is half a command: " + words;
    }
    if (parsed != nullptr && parsed->argument.option != nullptr && parsed->argument.text.empty() &&
        !parsed->info.argument.starts_with('[')) {
        return parsed->info.name + " needs an argument: relayd " + parsed->info.synopsis();
    }
    return std::nullopt;
}

/// What was not understood, as far as it can be no secret.
std::string Flags::Parser::stray_fault(const std::string& stray) const {
    std::vector<std::string> words;
    if (!stray.starts_with("-")) {
        for (const auto& parsed : commands) {
            const auto& name = parsed.info.name;
            words.push_back(name.substr(0, name.find(' ')));
            words.push_back(parsed.app->get_name());
        }
        return "an argument stands where a flag or a command belongs" + did_you_mean(stray, words);
    }
    for (const auto& info : infos) {
        words.push_back("--" + info.name);
    }
    if (const auto* parsed = chosen()) {
        for (const auto& flag : parsed->info.flags) {
            words.push_back("--" + flag.name);
        }
    }
    const auto flag = stray.substr(0, stray.find('='));
    return "there is no flag " + flag + did_you_mean(flag, words);
}

Flags::Flags(const std::vector<SettingInfo>& infos) : parser_(std::make_unique<Parser>(infos)) {}

Flags::~Flags() = default;

base::Result<std::optional<Finished>> Flags::parse(int argc, char** argv) {
    try {
        parser_->cli.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        return Finished{parser_->help()};
    } catch (const CLI::CallForVersion&) {
        return Finished{version_text()};
    } catch (const CLI::ParseError& error) {
        return base::fail(std::string(error.what()) + kSeeHelp);
    }
    for (const auto& info : parser_->infos) {
        const auto& given = parser_->settings.at(info.name);
        if (info.secret && given.option->count() > 0) {
            blank(info.name, given.text, argc, argv);
        }
    }
    if (const auto fault = parser_->fault()) {
        return base::fail(*fault + kSeeHelp);
    }
    return std::nullopt;
}

std::map<std::string, std::string> Flags::values() const {
    std::map<std::string, std::string> values;
    for (const auto& [name, given] : parser_->settings) {
        if (given.option->count() > 0) {
            values[name] = given.text;
        }
    }
    return values;
}

const std::string& Flags::config_path() const {
    return parser_->config_path;
}

Command Flags::command() const {
    const auto* parsed = parser_->chosen();
    return parsed != nullptr ? parsed->info.command : Command::Serve;
}

CommandWords Flags::words() const {
    CommandWords words;
    if (const auto* parsed = parser_->chosen()) {
        words.argument = parsed->argument.text;
        for (const auto& [name, given] : parsed->flags) {
            if (given.option->count() > 0) {
                const bool is_switch = given.option->get_expected_max() == 0;
                words.flags[name] = is_switch ? "true" : given.text;
            }
        }
    }
    return words;
}

} // namespace relay::app
