#include "command_table.hpp"

#include "relay/app/command_line.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::app {

namespace {

using Flags = std::vector<CommandFlag>;

const CommandFlag kJson{"json", "", "print JSON, for scripts"};
const CommandFlag kUrl{"url", "URL",
                       "ask the relay at http://HOST:PORT, not the one of the settings"};
const CommandFlag kCode{"code", "CODE", "with this error, such as root_not_found"};
const CommandFlag kNullifier{"nullifier", "HEX", "of this nullifier"};
const CommandFlag kSignature{"signature", "BASE58", "for which this transaction was signed"};
const CommandFlag kOlderThan{"older-than", "DURATION", "accepted so long ago at least: 30s, 1h"};
const CommandFlag kLimit{"limit", "N", "so many at most, 1 to 500"};
const CommandFlag kCursor{"cursor", "CURSOR", "go on where an earlier answer ended"};
const CommandFlag kReason{"reason", "TEXT", "why, for the record: one line"};
const CommandFlag kUntil{"until", "TIME", "ends by itself then: ISO 8601, 2027-01-31T12:00:00Z"};

/// What a relay is and runs on.
std::vector<CommandInfo> own_commands() {
    return {
        {Command::Serve, "serve", "", "run the relay (the default)", Needs::All},
        {Command::Migrate, "migrate", "", "bring the database's schema up to date",
         Needs::Database},
        {Command::Check, "check", "", "check settings and every dependency", Needs::All,
         Flags{kJson}},
        {Command::Config, "config", "",
         "print every setting's value and where it comes from; secrets are not shown", Needs::Any,
         Flags{kJson}},
        {Command::Address, "address", "", "print the relay's public key", Needs::Keypair},
        {Command::Keygen, "keygen", "FILE",
         "make a keypair file that only its owner may read, and print its address", Needs::Nothing},
        {Command::Health, "health", "",
         "say whether a running relay accepts withdraws: exit code 0 or 1", Needs::AdminAddress,
         Flags{{"live", "", "only whether the process runs"}, kUrl, kJson}},
    };
}

/// What a client does, over the public listener.
std::vector<CommandInfo> client_commands() {
    return {
        {Command::Submit, "submit", "FILE",
         "post a withdraw (a JSON file, or - for standard input)", Needs::Public,
         Flags{{"wait", "", "until it is paid (exit code 0) or has failed (1)"}, kUrl, kJson}},
        {Command::Status, "status", "ID",
         "print a withdraw's status; exit code 1 where it has failed", Needs::Public,
         Flags{{"wait", "", "until it is paid or has failed"}, kUrl, kJson}},
    };
}

/// What an operator does, over the admin listener.
std::vector<CommandInfo> operator_commands() {
    const CommandFlag status{
        "status", "STATUS", "in this status", {"queued", "processing", "completed", "failed"}};
    const CommandFlag dry_run{"dry-run", "", "say what would be retried, and retry nothing"};
    return {
        {Command::Jobs, "jobs", "", "list jobs, the newest first", Needs::Admin,
         Flags{status, kCode, kNullifier, kSignature, kOlderThan, kLimit, kCursor, kUrl, kJson}},
        {Command::Job, "job", "ID", "print a job's record: history, transactions, timeline",
         Needs::Admin, Flags{{"payload", "", "with proof and recipients"}, kUrl, kJson}},
        {Command::Find, "find", "ANYTHING", "find jobs by request id, nullifier or signature",
         Needs::Admin, Flags{kUrl, kJson}},
        {Command::DeadList, "dead list", "",
         "list dead letters: failed jobs that nobody has discarded", Needs::Admin,
         Flags{kCode, kNullifier, kSignature, kOlderThan, kLimit, kCursor, kUrl, kJson}},
        {Command::DeadRetry, "dead retry", "[ID]", "queue a dead letter again, or all of a --code",
         Needs::Admin, Flags{kCode, kOlderThan, kLimit, kCursor, dry_run, kUrl, kJson}},
        {Command::DeadDiscard, "dead discard", "ID", "leave a dead letter failed for good",
         Needs::Admin, Flags{kUrl, kJson}},
        {Command::Pause, "pause", "", "let no relay of the fleet claim a job", Needs::Admin,
         Flags{kReason, kUntil, kUrl, kJson}},
        {Command::Resume, "resume", "", "end a pause or a drain", Needs::Admin,
         Flags{kReason, kUrl, kJson}},
        {Command::Drain, "drain", "", "accept no more withdraws, and pay those accepted",
         Needs::Admin, Flags{kReason, kUntil, kUrl, kJson}},
        {Command::Audit, "audit", "", "list what operators have changed, the newest first",
         Needs::Admin, Flags{kLimit, kCursor, kUrl, kJson}},
    };
}

/// What a shell and a reader are told of all these.
std::vector<CommandInfo> text_commands() {
    return {
        {Command::Completions,
         "completions",
         "SHELL",
         "print what completes relayd's words in bash, zsh or fish",
         Needs::Nothing,
         Flags{},
         {"bash", "zsh", "fish"}},
        {Command::Man, "man", "", "print the manual page, as troff", Needs::Nothing},
    };
}

} // namespace

std::string CommandInfo::synopsis() const {
    return argument.empty() ? name : name + " " + argument;
}

std::vector<CommandInfo> command_infos() {
    std::vector<CommandInfo> all;
    for (auto part : {own_commands(), client_commands(), operator_commands(), text_commands()}) {
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

CommandInfo command_info(Command command) {
    auto all = command_infos();
    return std::move(*std::ranges::find(all, command, &CommandInfo::command));
}

bool is_needed(Needs needs, std::string_view setting) {
    switch (needs) {
        case Needs::All:
            return true;
        case Needs::Database:
            return setting.starts_with("database-") || setting.starts_with("log-");
        case Needs::Keypair:
            return setting == "solana-keypair";
        case Needs::Admin:
            return setting == "admin-host" || setting == "admin-port" || setting == "admin-token";
        case Needs::AdminAddress:
            return setting == "admin-host" || setting == "admin-port";
        case Needs::Public:
            return setting == "http-host" || setting == "http-port";
        case Needs::Any:
        case Needs::Nothing:
            return false;
    }
    std::unreachable();
}

} // namespace relay::app
