#pragma once
// What relayd does for each command. Each returns the process's exit code: 0 clean, 1 a runtime
// failure. Results go to standard output, complaints to standard error.

#include "relay/app/command_line.hpp"

namespace relay::app {

int run_command(Invocation invocation);

} // namespace relay::app
