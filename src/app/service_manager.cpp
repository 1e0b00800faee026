#include "service_manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <system_error>

namespace relay::app {

namespace {

std::optional<std::uint64_t> number_in(const char* variable) {
    const char* text = std::getenv(variable);
    std::uint64_t number = 0;
    if (text == nullptr) {
        return std::nullopt;
    }
    const std::string_view digits(text);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return error == std::errc{} && end == digits.data() + digits.size() ? std::optional(number)
                                                                        : std::nullopt;
}

} // namespace

void notify_service_manager(std::string_view state) {
    const char* path = std::getenv("NOTIFY_SOCKET");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string_view name = path == nullptr ? "" : path;
    if (name.size() < 2 || name.size() >= sizeof(address.sun_path)) {
        return;
    }
    std::ranges::copy(name, std::begin(address.sun_path));
    if (name.front() == '@') { // an abstract name
        address.sun_path[0] = '\0';
    }
    const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket < 0) {
        return;
    }
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    ::sendto(socket, state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
             reinterpret_cast<const sockaddr*>(&address), length);
    ::close(socket);
}

std::optional<std::chrono::microseconds> watchdog_interval() {
    const auto limit = number_in("WATCHDOG_USEC");
    const auto process = number_in("WATCHDOG_PID");
    if (!limit || *limit == 0 || (process && *process != static_cast<std::uint64_t>(::getpid()))) {
        return std::nullopt;
    }
    return std::chrono::microseconds(*limit) / 2; // sd_watchdog_enabled(3) advises half
}

} // namespace relay::app
