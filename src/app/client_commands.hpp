#pragma once
// What a client does from the command line, over a relay's public listener: post a withdraw, follow
// it; and whether a relay is healthy. Each returns the exit code. Throws BadUsage. Private to app.

#include "relay/app/command_line.hpp"
#include "relay/app/settings.hpp"

namespace relay::app {

/// 0: accepted, and with --wait completed; 1: refused, failed, or its end is not known.
int submit(const CommandWords& words, const Settings& settings);

/// 1 where the job has failed, or is not known.
int status(const CommandWords& words, const Settings& settings);

/// 0 where the relay accepts withdraws; with --live, where its process runs.
int health(const CommandWords& words, const Settings& settings);

} // namespace relay::app
