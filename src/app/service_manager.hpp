#pragma once
// Tells a service manager (systemd's Type=notify) that the relay serves, that it ends, and that it
// lives. A datagram to the socket that the manager names; where none is named, nothing.
// Source: sd_notify(3), sd_watchdog_enabled(3). libsystemd would do it, as one more library in
// every image for two datagrams.

#include <chrono>
#include <optional>
#include <string_view>

namespace relay::app {

/// `state`: "READY=1", "STOPPING=1", "WATCHDOG=1". A manager that cannot be told is none of ours.
void notify_service_manager(std::string_view state);

/// How often the manager wants to hear that the process lives; none: it does not watch.
std::optional<std::chrono::microseconds> watchdog_interval();

} // namespace relay::app
