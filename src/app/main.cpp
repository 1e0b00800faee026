#include "relay/app/command_line.hpp"
#include "relay/app/commands.hpp"

#include <linux/prctl.h>
#include <sys/prctl.h>
#include <iostream>
#include <utility>
#include <variant>

int main(int argc, char** argv) {
    auto parsed = relay::app::parse_command_line(argc, argv);
    if (!parsed) {
        std::cerr << "relayd: " << parsed.error().message << '\n';
        return 2;
    }
    if (const auto* finished = std::get_if<relay::app::Finished>(&parsed->outcome)) {
        std::cout << finished->text;
        return 0;
    }
    // No core dump, and no look into this process but root's: the key and the URLs will be in its
    // memory.
    ::prctl(PR_SET_DUMPABLE, 0);
    return relay::app::run_command(std::move(std::get<relay::app::Invocation>(parsed->outcome)));
}
