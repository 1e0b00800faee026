#pragma once
// Where the schedule's Redis is, and how long it may take.

#include "relay/base/error.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace relay::redis {

struct Settings {
    std::string host = "127.0.0.1";
    std::uint16_t port = 6379;
    /// Not empty: a unix socket, and host and port mean nothing.
    std::string socket_path;
    std::string user;
    std::string password;
    int database = 0;
    std::string prefix = "shield-relay";
    /// The limit of connecting, and of each command.
    std::chrono::milliseconds timeout{500};

    /// redis://[user[:password]@]host[:port][/database] or unix:///path[?db=N]. The error never
    /// repeats the text, which may hold a password.
    static base::Result<Settings> parse(std::string_view url);
};

} // namespace relay::redis
