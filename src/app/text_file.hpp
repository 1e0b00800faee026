#pragma once
// A small file read whole: configuration, secrets. Private to app.

#include <optional>
#include <string>

namespace relay::app {

/// None where it cannot be opened or read, or has more than a mebibyte: a device may have no end.
std::optional<std::string> read_text_file(const std::string& path);

} // namespace relay::app
