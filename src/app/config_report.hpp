#pragma once
// `relayd config`: each setting's effective value and where it comes from. Secrets are shown as
// "(set)": no URL, which may hold a password, and no token is ever printed. Private to app.

#include "relay/app/command_line.hpp"

#include <string>

namespace relay::app {

std::string config_text(const Choice& choice);
/// `[{name, value, source, secret}]`; the value of a secret that is set is "(set)".
std::string config_json(const Choice& choice);

} // namespace relay::app
