#pragma once
// Whether the schedule's Redis throws keys away when it is full.

#include "relay/redis/settings.hpp"

#include <string>

namespace relay::redis {

/// Its maxmemory-policy, such as "noeviction". Blocks. Throws base::Outage where it cannot be
/// asked, or does not tell: a user needs no right to CONFIG for the relay's work, and providers
/// keep it to themselves.
std::string eviction_policy(const Settings& settings);

} // namespace relay::redis
