#pragma once
// argv, the environment and the configuration file, as one command with its settings.

#include "relay/app/settings.hpp"
#include "relay/base/error.hpp"

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace relay::app {

enum class Command {
    Serve,
    Migrate,
    Check,
    Address,
    Config,
    Keygen,
    Health,
    Submit,
    Status,
    Jobs,
    Job,
    Find,
    DeadList,
    DeadRetry,
    DeadDiscard,
    Pause,
    Resume,
    Drain,
    Audit,
    Completions,
    Man,
};

/// What stands on the command line for the command itself.
struct CommandWords {
    /// Empty: not given.
    std::string argument;
    /// By name, "limit"; a switch that is given is "true".
    std::map<std::string, std::string> flags;

    bool has(const std::string& flag) const { return flags.contains(flag); }
};

/// Where a setting stands that nobody has set.
inline constexpr const char* kDefaultSource = "default";

/// A setting's effective text and where that stands.
struct ChosenSetting {
    SettingInfo info;
    std::string text;
    /// As an error names it: "--http-port", "relay.toml, line 3: http-port"; or kDefaultSource.
    std::string source;
};

/// What `relayd config` tells of.
struct Choice {
    std::vector<ChosenSetting> settings;
    /// Why relayd would not start with them.
    std::optional<std::string> fault;
};

struct Invocation {
    Command command = Command::Serve;
    CommandWords words;
    /// Filled for Command::Config only: it is there to show bad settings too.
    Choice choice;
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
