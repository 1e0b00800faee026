#pragma once
// argv, the environment and the configuration file, as one command with its settings.

#include "relay/app/settings.hpp"
#include "relay/base/error.hpp"

#include <string>
#include <variant>

namespace relay::app {

enum class Command { Serve, Migrate, Check, Address };

struct Invocation {
    Command command = Command::Serve;
    Settings settings;
};

/// Printed and over: --help, --version.
struct Finished {
    std::string text;
};

struct ParsedCommandLine {
    std::variant<Invocation, Finished> outcome;
};

/// The error is one line for the operator. Values of secret flags are blanked in argv, so that no
/// list of processes shows them.
base::Result<ParsedCommandLine> parse_command_line(int argc, char** argv);

} // namespace relay::app
