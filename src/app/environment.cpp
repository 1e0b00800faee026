#include "environment.hpp"

#include "relay/app/settings.hpp"
#include "relay/base/error.hpp"
#include "suggestion.hpp"
#include "text_file.hpp"

#include <unistd.h>
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <expected>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace relay::app {

namespace {

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

/// Kubernetes sets these in every pod beside a service that is called relay.
bool is_service_link(std::string_view name) {
    constexpr std::string_view kPort = "RELAY_PORT";
    return name.starts_with("RELAY_SERVICE_") || name == kPort ||
           (name.starts_with("RELAY_PORT_") && name.size() > kPort.size() + 1 &&
            std::isdigit(static_cast<unsigned char>(name[kPort.size() + 1])) != 0);
}

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

} // namespace

base::Result<std::map<std::string, EnvironmentValue>> read_environment(
    const std::vector<SettingInfo>& infos, const std::function<bool(const SettingInfo&)>& needed) {
    if (auto known = check_variables(infos); !known) {
        return std::unexpected(known.error());
    }
    std::map<std::string, EnvironmentValue> values;
    for (const auto& info : infos) {
        const auto name = info.environment();
        const auto file = name + "_FILE";
        if (const char* value = std::getenv(name.c_str())) {
            const auto text = info.secret ? trimmed(value) : std::string_view(value);
            values[info.name] = {std::string(text), name};
        } else if (const char* path = std::getenv(file.c_str());
                   path != nullptr && info.secret && needed(info)) {
            // One file's single line: how secrets are handed to containers. The path is not told:
            // the secret itself may have been put there.
            const auto text = read_text_file(path);
            if (!text) {
                return base::fail(file + ": must name a file that can be read, and does not");
            }
            values[info.name] = {std::string(trimmed(*text)), file};
        }
    }
    return values;
}

} // namespace relay::app
