#pragma once
// `relayd check`: whether each setting, each dependency and each condition that the relay's
// promises rest on (docs/reliability.md) is as it must be. Prints a line each: "ok", "warn" for
// what a promise can do without, or "FAIL".

#include "relay/app/command_line.hpp"
#include "relay/app/settings.hpp"

namespace relay::app {

/// The exit code: 1 where anything failed.
int check(const Settings& settings, const CommandWords& words);

} // namespace relay::app
