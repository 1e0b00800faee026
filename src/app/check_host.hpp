#pragma once
// What `relayd check` asks of this machine: whether the listeners can be bound, and file
// descriptors suffice. Private to app.

#include "check_list.hpp"
#include "relay/app/settings.hpp"

#include <cstdint>

namespace relay::app {

void check_host(CheckList& list, const Settings& settings);

/// How many descriptors a relay holds at most: connections of both listeners, to each node, to
/// Postgres and Redis, and some of its own.
std::uint64_t descriptors_needed(const Settings& settings);

} // namespace relay::app
