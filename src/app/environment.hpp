#pragma once
// Settings of the environment: RELAY_... variables, and the files that RELAY_..._FILE name, which
// secrets come in. Private to app.

#include "relay/app/settings.hpp"
#include "relay/base/error.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace relay::app {

struct EnvironmentValue {
    std::string text;
    /// "RELAY_ADMIN_TOKEN", or "RELAY_ADMIN_TOKEN_FILE".
    std::string variable;
};

/// By the setting's name. A variable that is no setting is refused: it would silently not hold. The
/// file of a secret that is not `needed` is left alone.
base::Result<std::map<std::string, EnvironmentValue>> read_environment(
    const std::vector<SettingInfo>& infos, const std::function<bool(const SettingInfo&)>& needed);

} // namespace relay::app
