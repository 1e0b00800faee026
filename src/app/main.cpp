#include "relay/app/command_line.hpp"
#include "relay/app/commands.hpp"

#include <linux/prctl.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <csignal>
#include <iostream>
#include <utility>
#include <variant>

namespace {

/// What a signal ends the program with until it serves.
volatile std::sig_atomic_t exit_code = 1;

/// Until the relay serves and ends by itself at a signal, there is nothing to end in order. Said
/// here, since the first process of a container has no default for these signals.
void end_at_signals() {
    struct sigaction action{};
    action.sa_handler = [](int) { ::_exit(exit_code); };
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
        ::sigaction(signal, &action, nullptr);
    }
}

} // namespace

int main(int argc, char** argv) {
    end_at_signals();
    std::signal(SIGPIPE, SIG_IGN); // a reader that is gone is told by the write
    auto parsed = relay::app::parse_command_line(argc, argv);
    if (!parsed) {
        std::cerr << "relayd: " << parsed.error().message << '\n';
        return 2;
    }
    if (const auto* finished = std::get_if<relay::app::Finished>(&parsed->outcome)) {
        std::cout << finished->text;
        return 0;
    }
    auto& invocation = std::get<relay::app::Invocation>(parsed->outcome);
    if (invocation.command == relay::app::Command::Serve) {
        exit_code = 0; // nothing has been accepted: a clean end
    }
    // No core dump, and no look into this process but root's: the key and the URLs will be in its
    // memory.
    ::prctl(PR_SET_DUMPABLE, 0);
    return relay::app::run_command(std::move(invocation));
}
