#include "relay/app/command_line.hpp"

#include "relay/app/settings.hpp"
#include "relay/app/version.hpp"
#include "relay/base/error.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <expected>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::app {

namespace {

/// Values by setting name.
using Values = std::map<std::string, std::string>;

std::string with_dashes(std::string text) {
    std::ranges::replace(text, '_', '-');
    return text;
}

std::string help_of(const SettingInfo& info) {
    auto help = info.help + " [" + info.environment();
    if (info.secret) {
        help += " or " + info.environment() + "_FILE";
    }
    help += "]";
    if (!info.default_text.empty()) {
        help += " (default " + info.default_text + ")";
    }
    return help;
}

/// One file's single line: how secrets are handed to containers.
base::Result<std::string> read_secret_file(const std::string& path) {
    std::ifstream file(path);
    if (!file) {
        return base::fail("cannot read " + path);
    }
    std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) {
        text.pop_back();
    }
    return text;
}

base::Result<Values> read_environment(const std::vector<SettingInfo>& infos) {
    Values values;
    for (const auto& info : infos) {
        const auto name = info.environment();
        if (const char* value = std::getenv(name.c_str())) {
            values[info.name] = value;
        } else if (const char* path = std::getenv((name + "_FILE").c_str());
                   path != nullptr && info.secret) {
            auto text = read_secret_file(path);
            if (!text) {
                return base::fail(name + "_FILE: " + text.error().message);
            }
            values[info.name] = std::move(*text);
        }
    }
    return values;
}

/// TOML: a key under [section] is the setting section-key; a list is joined by commas.
base::Result<Values> read_config_file(const std::string& path,
                                      const std::vector<SettingInfo>& infos) {
    std::ifstream file(path);
    if (!file) {
        return base::fail("--config: cannot read " + path);
    }
    std::vector<CLI::ConfigItem> items;
    try {
        items = CLI::ConfigTOML().from_config(file);
    } catch (const CLI::Error& error) {
        return base::fail("--config " + path + ": " + error.what());
    }
    Values values;
    for (const auto& item : items) {
        if (item.name == "++" || item.name == "--") { // CLI11's marks of a section's ends
            continue;
        }
        std::string name;
        for (const auto& parent : item.parents) {
            name += with_dashes(parent) + "-";
        }
        name += with_dashes(item.name);
        if (std::ranges::find(infos, name, &SettingInfo::name) == infos.end()) {
            return base::fail("--config " + path + ": there is no setting " + item.fullname());
        }
        std::string value;
        for (const auto& input : item.inputs) {
            value += (value.empty() ? "" : ",") + input;
        }
        values[name] = value;
    }
    return values;
}

NamedSource source(Values values, std::function<std::string(const SettingInfo&)> name) {
    return {std::move(name), [values = std::move(values)](const SettingInfo& info) {
                const auto found = values.find(info.name);
                return found == values.end() ? std::nullopt : std::optional(found->second);
            }};
}

void blank(std::string_view secret, int argc, char** argv) {
    for (int index = 1; index < argc && !secret.empty(); ++index) {
        const std::string_view argument(argv[index]);
        const auto at = argument.find(secret);
        if (at != std::string_view::npos) {
            std::memset(argv[index] + at, '*', secret.size());
        }
    }
}

} // namespace

base::Result<ParsedCommandLine> parse_command_line(int argc, char** argv) {
    const auto infos = setting_infos();
    CLI::App cli("shield-relay: relays shielded withdrawals on Solana", "relayd");
    cli.set_version_flag("--version", std::string("relayd ") + kVersion);
    std::string config_path;
    if (const char* path = std::getenv("RELAY_CONFIG")) {
        config_path = path;
    }
    cli.add_option("--config", config_path, "configuration file, TOML [RELAY_CONFIG]");
    std::map<std::string, std::string> texts;
    std::map<std::string, CLI::Option*> options;
    for (const auto& info : infos) {
        options[info.name] = cli.add_option("--" + info.name, texts[info.name], help_of(info));
    }
    cli.require_subcommand(0, 1);
    cli.fallthrough();
    const std::map<CLI::App*, Command> commands = {
        {cli.add_subcommand("serve", "run the relay (the default)"), Command::Serve},
        {cli.add_subcommand("migrate", "bring the database's schema up to date"), Command::Migrate},
        {cli.add_subcommand("check", "check settings and every dependency"), Command::Check},
        {cli.add_subcommand("address", "print the relay's public key"), Command::Address}};
    try {
        cli.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        return ParsedCommandLine{Finished{cli.help()}};
    } catch (const CLI::CallForVersion&) {
        return ParsedCommandLine{Finished{std::string("relayd ") + kVersion + "\n"}};
    } catch (const CLI::ParseError& error) {
        return base::fail(std::string(error.what()) + " (relayd --help lists the settings)");
    }

    Values flags;
    for (const auto& info : infos) {
        if (options[info.name]->count() > 0) {
            flags[info.name] = texts[info.name];
            if (info.secret) {
                blank(texts[info.name], argc, argv);
            }
        }
    }
    auto environment = read_environment(infos);
    if (!environment) {
        return std::unexpected(environment.error());
    }
    std::vector<NamedSource> sources;
    sources.push_back(
        source(std::move(flags), [](const SettingInfo& info) { return "--" + info.name; }));
    sources.push_back(source(std::move(*environment),
                             [](const SettingInfo& info) { return info.environment(); }));
    if (!config_path.empty()) {
        auto file = read_config_file(config_path, infos);
        if (!file) {
            return std::unexpected(file.error());
        }
        sources.push_back(source(std::move(*file), [config_path](const SettingInfo& info) {
            return config_path + ": " + info.name;
        }));
    }
    auto settings = read_settings(sources);
    if (!settings) {
        return std::unexpected(settings.error());
    }
    Invocation invocation;
    invocation.settings = std::move(*settings);
    for (const auto& [subcommand, command] : commands) {
        if (subcommand->parsed()) {
            invocation.command = command;
        }
    }
    return ParsedCommandLine{std::move(invocation)};
}

} // namespace relay::app
