#include "relay/app/command_line.hpp"

#include "command_table.hpp"
#include "config_file.hpp"
#include "environment.hpp"
#include "flags.hpp"
#include "relay/app/settings.hpp"
#include "relay/base/error.hpp"

#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relay::app {

namespace {

using Needed = std::function<bool(const SettingInfo&)>;

/// `values` by the setting's name, each with a member `text`.
template <class Value>
NamedSource source(std::map<std::string, Value> values,
                   std::function<std::string(const SettingInfo&, const Value&)> name) {
    return {[values, name](const SettingInfo& info) { return name(info, values.at(info.name)); },
            [values](const SettingInfo& info) {
                const auto found = values.find(info.name);
                return found == values.end() ? std::nullopt : std::optional(found->second.text);
            }};
}

struct FlagValue {
    std::string text;
};

NamedSource flag_source(const Flags& flags) {
    std::map<std::string, FlagValue> values;
    for (const auto& [name, text] : flags.values()) {
        values[name] = {text};
    }
    return source<FlagValue>(std::move(values), [](const SettingInfo& info, const FlagValue&) {
        return "--" + info.name;
    });
}

NamedSource environment_source(std::map<std::string, EnvironmentValue> values) {
    return source<EnvironmentValue>(
        std::move(values),
        [](const SettingInfo&, const EnvironmentValue& value) { return value.variable; });
}

NamedSource file_source(const std::string& path, ConfigValues values) {
    return source<ConfigValue>(
        std::move(values), [path](const SettingInfo& info, const ConfigValue& value) {
            return path + ", line " + std::to_string(value.line) + ": " + info.name;
        });
}

/// In order of precedence.
base::Result<std::vector<NamedSource>> read_sources(const Flags& flags,
                                                    const std::vector<SettingInfo>& infos,
                                                    const Needed& needed) {
    std::vector<NamedSource> sources;
    sources.push_back(flag_source(flags));
    auto environment = read_environment(infos, needed);
    if (!environment) {
        return std::unexpected(environment.error());
    }
    sources.push_back(environment_source(std::move(*environment)));
    if (const auto& path = flags.config_path(); !path.empty()) {
        auto file = read_config_file(path, infos);
        if (!file) {
            return std::unexpected(file.error());
        }
        sources.push_back(file_source(path, std::move(*file)));
    }
    return sources;
}

/// Every setting's, whatever it is worth.
Choice choice_of(const std::vector<NamedSource>& sources, const std::vector<SettingInfo>& infos) {
    Choice choice;
    for (const auto& info : infos) {
        ChosenSetting chosen{info, info.default_text, kDefaultSource};
        for (const auto& source : sources) {
            if (auto text = source.value(info)) {
                chosen.text = std::move(*text);
                chosen.source = source.name(info);
                break;
            }
        }
        choice.settings.push_back(std::move(chosen));
    }
    if (const auto settings = read_settings(sources); !settings) {
        choice.fault = settings.error().message;
    }
    return choice;
}

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
    Invocation invocation;
    invocation.command = flags.command();
    invocation.words = flags.words();
    const auto needs = command_info(invocation.command).needs;
    const Needed needed = [needs](const SettingInfo& info) { return is_needed(needs, info.name); };
    std::vector<NamedSource> sources;
    if (needs != Needs::Nothing) {
        auto read = read_sources(flags, infos, [&](const SettingInfo& info) {
            return needs == Needs::Any || needed(info);
        });
        if (!read) {
            return std::unexpected(read.error());
        }
        sources = std::move(*read);
    }
    if (needs == Needs::Any) {
        invocation.choice = choice_of(sources, infos);
    }
    auto settings = read_settings(sources, needed);
    if (!settings) {
        return std::unexpected(settings.error());
    }
    invocation.settings = std::move(*settings);
    return ParsedCommandLine{std::move(invocation)};
}

} // namespace relay::app
