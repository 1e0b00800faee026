#include "relay/base/peer_watch.hpp"

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <cerrno>
#include <chrono>

namespace relay::base {

namespace {

constexpr int kIdleSecondsBeforeProbe = 5;
constexpr int kSecondsBetweenProbes = 1;
constexpr int kProbes = 2;

void set(int socket, int level, int option, int value) {
    ::setsockopt(socket, level, option, &value, sizeof value);
}

} // namespace

void watch_peer(int socket, std::chrono::milliseconds unacknowledged) {
    set(socket, SOL_SOCKET, SO_KEEPALIVE, 1); // NOLINT(misc-include-cleaner): in <sys/socket.h>
    set(socket, SOL_TCP, TCP_KEEPIDLE, kIdleSecondsBeforeProbe);
    set(socket, SOL_TCP, TCP_KEEPINTVL, kSecondsBetweenProbes);
    set(socket, SOL_TCP, TCP_KEEPCNT, kProbes);
    set(socket, SOL_TCP, TCP_USER_TIMEOUT, static_cast<int>(unacknowledged.count()));
}

bool is_quiet(int socket) {
    char next = 0;
    return ::recv(socket, &next, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
           (errno == EAGAIN || errno == EWOULDBLOCK);
}

bool has_hung_up(int socket) {
    pollfd watched{.fd = socket, .events = POLLRDHUP, .revents = 0};
    return ::poll(&watched, 1, 0) != 0; // also where the socket is none any more
}

} // namespace relay::base
