#pragma once
// What is written for a person at a terminal: colours, and texts of others without what would
// steer the terminal. Private to app.

#include <string>
#include <string_view>

namespace relay::app {

enum class Colour { Plain, Good, Bad, Busy };

/// Whether standard output is a terminal and NO_COLOR is unset.
bool shows_colours();
/// Whether somebody watches standard error.
bool is_watched();

/// The text in its colour, where standard output shows any.
std::string coloured(std::string text, Colour colour);
/// A job's status, or a part of health's, by what it means.
std::string coloured_status(const std::string& status);

/// Control characters as '?': an error's text was a stranger's, and may hold what steers a
/// terminal.
std::string printable(std::string_view text);

} // namespace relay::app
