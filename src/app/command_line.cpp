#include "relay/app/command_line.hpp"

#include "config_file.hpp"
#include "relay/app/settings.hpp"
#include "relay/app/version.hpp"
#include "relay/base/error.hpp"
#include "suggestion.hpp"
#include "text_file.hpp"

#include <unistd.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::app {

namespace {

constexpr const char* kSeeHelp = " (relayd --help lists the settings)";

/// Values by setting name.
using Values = std::map<std::string, std::string>;

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

std::string_view trimmed(std::string_view text) {
    const auto is_space = [](char letter) {
        return std::isspace(static_cast<unsigned char>(letter)) != 0;
    };
    while (!text.empty() && is_space(text.back())) {
        text.remove_suffix(1);
    }
    while (!text.empty() && is_space(text.front())) {
        text.remove_prefix(1);
    }
    return text;
}

/// One file's single line: how secrets are handed to containers. The path is not told: the secret
/// itself may have been put there.
base::Result<std::string> read_secret_file(const std::string& path) {
    auto text = read_text_file(path);
    if (!text) {
        return base::fail("must name a file that can be read, and does not");
    }
    return std::string(trimmed(*text));
}

/// Kubernetes sets these in every pod beside a service that is called relay.
bool is_service_link(std::string_view name) {
    constexpr std::string_view kPort = "RELAY_PORT";
    return name.starts_with("RELAY_SERVICE_") || name == kPort ||
           (name.starts_with("RELAY_PORT_") && name.size() > kPort.size() + 1 &&
            std::isdigit(static_cast<unsigned char>(name[kPort.size() + 1])) != 0);
}

/// A variable that nobody reads is a setting that silently does not hold.
base::Result<void> check_variables(const std::vector<SettingInfo>& infos) {
    std::vector<std::string> known = {"RELAY_CONFIG"};
    for (const auto& info : infos) {
        known.push_back(info.environment());
        if (info.secret) {
            known.push_back(info.environment() + "_FILE");
        }
    }
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view variable(*entry);
        const auto name = variable.substr(0, variable.find('='));
        if (name.starts_with("RELAY_") && !is_service_link(name) &&
            std::ranges::find(known, name) == known.end()) {
            return base::fail(std::string(name) + ": there is no such setting" +
                              did_you_mean(name, known) + kSeeHelp);
        }
    }
    return {};
}

base::Result<Values> read_environment(const std::vector<SettingInfo>& infos) {
    if (auto known = check_variables(infos); !known) {
        return std::unexpected(known.error());
    }
    Values values;
    for (const auto& info : infos) {
        const auto name = info.environment();
        if (const char* value = std::getenv(name.c_str())) {
            values[info.name] = info.secret ? trimmed(value) : std::string_view(value);
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

NamedSource source(Values values, std::function<std::string(const SettingInfo&)> name) {
    return {std::move(name), [values = std::move(values)](const SettingInfo& info) {
                const auto found = values.find(info.name);
                return found == values.end() ? std::nullopt : std::optional(found->second);
            }};
}

NamedSource file_source(const std::string& path, const ConfigValues& found) {
    Values texts;
    std::map<std::string, std::size_t> lines;
    for (const auto& [name, value] : found) {
        texts[name] = value.text;
        lines[name] = value.line;
    }
    return source(std::move(texts), [path, lines = std::move(lines)](const SettingInfo& info) {
        return path + ", line " + std::to_string(lines.at(info.name)) + ": " + info.name;
    });
}

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

/// A command that needs little is not stopped by what is wrong elsewhere.
bool is_needed(Command command, std::string_view setting) {
    switch (command) {
        case Command::Serve:
        case Command::Check:
            return true;
        case Command::Migrate:
            return setting.starts_with("database-") || setting.starts_with("log-");
        case Command::Address:
            return setting == "solana-keypair";
    }
    std::unreachable();
}

/// Flags and commands, as CLI11 knows them.
class Flags {
  public:
    explicit Flags(const std::vector<SettingInfo>& infos) : infos_(infos) {
        if (const char* path = std::getenv("RELAY_CONFIG")) {
            config_path_ = path;
        }
        cli_.set_version_flag("--version", version_text());
        cli_.add_option("--config", config_path_, "configuration file, TOML [RELAY_CONFIG]");
        for (const auto& info : infos_) {
            options_[info.name] =
                cli_.add_option("--" + info.name, texts_[info.name], help_of(info));
        }
        cli_.require_subcommand(0, 1);
        cli_.fallthrough();
        cli_.allow_extras();
        add_command(Command::Serve, "serve", "run the relay (the default)");
        add_command(Command::Migrate, "migrate", "bring the database's schema up to date");
        add_command(Command::Check, "check", "check settings and every dependency");
        add_command(Command::Address, "address", "print the relay's public key");
    }

    /// Text to print where that is all that was asked for. Secrets are blanked in argv.
    base::Result<std::optional<Finished>> parse(int argc, char** argv) {
        try {
            cli_.parse(argc, argv);
        } catch (const CLI::CallForHelp&) {
            return Finished{cli_.help()};
        } catch (const CLI::CallForVersion&) {
            return Finished{version_text()};
        } catch (const CLI::ParseError& error) {
            return base::fail(std::string(error.what()) + kSeeHelp);
        }
        for (const auto& info : infos_) {
            if (info.secret && options_[info.name]->count() > 0) {
                blank(info.name, texts_[info.name], argc, argv);
            }
        }
        if (const auto strays = cli_.remaining(true); !strays.empty()) {
            return base::fail(shown(strays.front()) + kSeeHelp);
        }
        return std::nullopt;
    }

    Values values() const {
        Values given;
        for (const auto& [name, option] : options_) {
            if (option->count() > 0) {
                given[name] = texts_.at(name);
            }
        }
        return given;
    }

    /// RELAY_CONFIG's where the flag is not given; empty where there is none.
    const std::string& config_path() const { return config_path_; }

    Command command() const {
        for (const auto& [subcommand, command] : commands_) {
            if (subcommand->parsed()) {
                return command;
            }
        }
        return Command::Serve;
    }

  private:
    static std::string version_text() { return std::string("relayd ") + kVersion + "\n"; }

    /// What was not understood, as far as it can be no secret.
    std::string shown(const std::string& stray) const {
        std::vector<std::string> words;
        if (!stray.starts_with("-")) {
            for (const auto& [subcommand, command] : commands_) {
                words.push_back(subcommand->get_name());
            }
            return "an argument stands where a flag or a command belongs" +
                   did_you_mean(stray, words);
        }
        for (const auto& info : infos_) {
            words.push_back("--" + info.name);
        }
        const auto flag = stray.substr(0, stray.find('='));
        return "there is no flag " + flag + did_you_mean(flag, words);
    }

    void add_command(Command command, const char* name, const char* help) {
        commands_[cli_.add_subcommand(name, help)] = command;
    }

    const std::vector<SettingInfo>& infos_;
    CLI::App cli_{"shield-relay: relays shielded withdrawals on Solana", "relayd"};
    std::string config_path_;
    Values texts_;
    std::map<std::string, CLI::Option*> options_;
    std::map<CLI::App*, Command> commands_;
};

} // namespace

base::Result<ParsedCommandLine> parse_command_line(int argc, char** argv) {
    const auto infos = setting_infos();
    Flags flags(infos);
    auto finished = flags.parse(argc, argv);
    if (!finished) {
        return std::unexpected(finished.error());
    }
    if (std::optional<Finished> text = std::move(*finished)) {
        return ParsedCommandLine{std::move(*text)};
    }
    auto environment = read_environment(infos);
    if (!environment) {
        return std::unexpected(environment.error());
    }
    std::vector<NamedSource> sources;
    sources.push_back(
        source(flags.values(), [](const SettingInfo& info) { return "--" + info.name; }));
    sources.push_back(source(std::move(*environment),
                             [](const SettingInfo& info) { return info.environment(); }));
    if (const auto& path = flags.config_path(); !path.empty()) {
        const auto file = read_config_file(path, infos);
        if (!file) {
            return std::unexpected(file.error());
        }
        sources.push_back(file_source(path, *file));
    }
    const auto needed = [command = flags.command()](const SettingInfo& info) {
        return is_needed(command, info.name);
    };
    auto settings = read_settings(sources, needed);
    if (!settings) {
        return std::unexpected(settings.error());
    }
    return ParsedCommandLine{Invocation{flags.command(), std::move(*settings)}};
}

} // namespace relay::app
