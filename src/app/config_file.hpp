#pragma once
// The configuration file: TOML 1.0, by toml++. A key under [section] is the setting section-key.
// Each error is one line that names the file, the line and what would be right, and repeats no
// value: any may be a secret. Private to app.

#include "relay/app/settings.hpp"
#include "relay/base/error.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace relay::app {

struct ConfigValue {
    /// As a flag would give it: a list is joined by commas.
    std::string text;
    std::size_t line = 0;
};

/// By the setting's name.
using ConfigValues = std::map<std::string, ConfigValue>;

/// Refuses what is no TOML, unknown keys, keys set twice and values of a wrong type.
base::Result<ConfigValues> read_config_file(const std::string& path,
                                            const std::vector<SettingInfo>& infos);

} // namespace relay::app
