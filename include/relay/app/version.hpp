#pragma once
// The program's version, as the build names it.

namespace relay::app {

inline constexpr const char* kVersion = RELAY_VERSION;

} // namespace relay::app
