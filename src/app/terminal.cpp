#include "terminal.hpp"

#include <unistd.h>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace relay::app {

namespace {

/// As ECMA-48 selects them.
const char* code_of(Colour colour) {
    switch (colour) {
        case Colour::Plain:
            return "";
        case Colour::Good:
            return "\x1b[32m";
        case Colour::Bad:
            return "\x1b[31m";
        case Colour::Busy:
            return "\x1b[33m";
    }
    std::unreachable();
}

} // namespace

bool shows_colours() {
    return ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
}

bool is_watched() {
    return ::isatty(STDERR_FILENO) == 1;
}

std::string coloured(std::string text, Colour colour) {
    if (colour == Colour::Plain || !shows_colours()) {
        return text;
    }
    return code_of(colour) + std::move(text) + "\x1b[0m";
}

std::string coloured_status(const std::string& status) {
    if (status == "completed" || status == "ok" || status == "running") {
        return coloured(status, Colour::Good);
    }
    if (status == "failed" || status == "unavailable" || status == "FAIL") {
        return coloured(status, Colour::Bad);
    }
    const bool is_quiet = status == "queued" || status == "disabled";
    return coloured(status, is_quiet ? Colour::Plain : Colour::Busy);
}

std::string printable(std::string_view text) {
    std::string shown;
    for (std::size_t index = 0; index < text.size(); ++index) {
        const auto byte = static_cast<unsigned char>(text[index]);
        // U+0080 to U+009F are control characters too: 0xc2 and a byte below 0xa0.
        const bool is_late_control = byte == 0xc2 && index + 1 < text.size() &&
                                     static_cast<unsigned char>(text[index + 1]) < 0xa0;
        shown += byte < ' ' || byte == 0x7f || is_late_control ? '?' : text[index];
        index += is_late_control ? 1 : 0;
    }
    return shown;
}

} // namespace relay::app
