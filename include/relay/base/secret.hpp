#pragma once
// Comparing what was sent with a secret, without telling by the time it takes how much was right.

#include <string_view>

namespace relay::base {

/// Takes a time that depends on the length of what was given only.
bool equal_secrets(std::string_view given, std::string_view secret);

} // namespace relay::base
