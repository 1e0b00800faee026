#pragma once
// JobQueue in Redis: `{prefix}:scheduled`, a sorted set of request ids by due time in milliseconds,
// and `{prefix}:dead`, a sorted set of failed ones by the time they failed. All times are the Redis
// server's own.

#include "relay/base/error.hpp"
#include "relay/jobs/queue.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace relay::jobs {

struct RedisSettings {
    std::string host = "127.0.0.1";
    std::uint16_t port = 6379;
    /// Not empty: a unix socket, and host and port mean nothing.
    std::string socket_path;
    std::string user;
    std::string password;
    int database = 0;
    std::string prefix = "shield-relay";
    /// Of connecting and of each command.
    std::chrono::milliseconds timeout{500};

    /// redis://[user[:password]@]host[:port][/database] or unix:///path[?db=N]. The error never
    /// repeats the text, which may hold a password.
    static base::Result<RedisSettings> parse(std::string_view url);
};

/// Connects at the first call, on a thread of its own.
std::unique_ptr<JobQueue> make_redis_queue(const RedisSettings& settings);

} // namespace relay::jobs
