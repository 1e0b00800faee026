#pragma once
// The log: an event in words, then key=value pairs (or one JSON object a line). Written to standard
// output, UTC, flushed at each line. info = a state changed, warn = something was retried,
// error = a person is needed.
//
// Secrets never come here: no key bytes, no tokens, no URL with credentials, no proofs.

#include <chrono>
#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace relay::observability {

enum class LogLevel { Debug, Info, Warn, Error };
enum class LogFormat { Text, Json };

/// Takes effect for the whole process. Called once, before anything is logged.
void start_logging(LogLevel level, LogFormat format);

struct Field {
    std::string_view key;
    std::string value;
    bool is_number = false;

    Field(std::string_view name, std::string text) : key(name), value(std::move(text)) {}
    Field(std::string_view name, std::string_view text) : key(name), value(text) {}
    Field(std::string_view name, const char* text) : key(name), value(text) {}
    template <std::integral Number>
    Field(std::string_view name, Number number)
        : key(name), value(std::to_string(number)), is_number(true) {}
    /// In seconds, to the millisecond.
    Field(std::string_view name, std::chrono::nanoseconds duration);
};

using Fields = std::initializer_list<Field>;

void log_debug(std::string_view event, Fields fields = {});
void log_info(std::string_view event, Fields fields = {});
void log_warn(std::string_view event, Fields fields = {});
void log_error(std::string_view event, Fields fields = {});

/// One line as each format writes it, without time and level. Pure; here for the tests.
std::string format_text(std::string_view event, Fields fields);
std::string format_json_members(std::string_view event, Fields fields);

} // namespace relay::observability
