// Configuration files: every one is read, or refused with one line that names what is wrong.

#include "relay/app/command_line.hpp"

#include <sys/mman.h>
#include <unistd.h>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const int file = memfd_create("config", 0);
    if (file < 0 || write(file, data, size) != static_cast<ssize_t>(size)) {
        std::abort();
    }
    std::string program = "relayd";
    std::string config = "--config=/proc/self/fd/" + std::to_string(file);
    char* arguments[] = {program.data(), config.data(), nullptr};
    const auto parsed = relay::app::parse_command_line(2, arguments);
    close(file);
    if (!parsed && (parsed.error().message.empty() ||
                    parsed.error().message.find('\n') != std::string::npos)) {
        std::abort();
    }
    return 0;
}
