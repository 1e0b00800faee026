#pragma once
// The schedule in Redis: `{prefix}:scheduled`, a sorted set of request ids by due time in
// milliseconds, and `{prefix}:dead`, a sorted set of failed ones by the time they failed. All times
// are the Redis server's own.

#include "relay/jobs/schedule.hpp"
#include "relay/redis/settings.hpp"

#include <memory>

namespace relay::redis {

/// Connects at the first call, on a thread of its own.
std::unique_ptr<jobs::Schedule> make_schedule(const Settings& settings);

} // namespace relay::redis
