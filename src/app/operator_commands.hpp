#pragma once
// The operator's commands, over a relay's admin listener: each is one call. Private to app.

#include "relay/app/command_line.hpp"

#include <optional>
#include <string>

namespace relay::app {

/// The exit code. Throws BadUsage. REQUIRES: a command that needs the admin listener.
int run_operator_command(const Invocation& invocation);

/// What `find` asks for a text, by its form: the target of a call; none where it has no form of
/// these.
std::optional<std::string> target_to_find(const std::string& text);

} // namespace relay::app
