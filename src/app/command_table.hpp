#pragma once
// Every command of relayd: its name, argument, flags, help, and which settings it needs. The one
// declaration of them: the parser, --help, the completions and the man page are made of it.
// Private to app.

#include "relay/app/command_line.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace relay::app {

struct CommandFlag {
    /// Without its dashes.
    std::string name;
    /// What its value is called: "CODE". Empty: a switch.
    std::string value;
    std::string help;
    /// The values that there are, where they are few.
    std::vector<std::string> choices = {};
};

/// Settings other than these are not even looked at: what is wrong there stops nobody.
enum class Needs {
    All,
    Database,
    Keypair,
    /// Where the admin listener is, and its token.
    Admin,
    /// Where the admin listener is.
    AdminAddress,
    /// Where the public listener is.
    Public,
    /// All, however wrong.
    Any,
    Nothing,
};

struct CommandInfo {
    Command command;
    /// One word or two: "dead retry".
    std::string name;
    /// "ID"; in brackets where it may be left out; empty: none.
    std::string argument;
    std::string help;
    Needs needs;
    std::vector<CommandFlag> flags = {};
    /// The arguments that there are, where they are few.
    std::vector<std::string> choices = {};

    /// "dead retry [ID]"
    std::string synopsis() const;
};

std::vector<CommandInfo> command_infos();
CommandInfo command_info(Command command);

bool is_needed(Needs needs, std::string_view setting);

} // namespace relay::app
