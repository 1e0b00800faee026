#pragma once
// The log: what happened in words, then key=value pairs (or one JSON object a line), of which the
// first is event, a word that stays the same in every release. Written to standard output, UTC,
// at once, and never waiting for its reader. info = a state changed, a withdraw's faults too; warn
// = the relay helps itself; error = a person is needed.
//
// Secrets never come here: no key bytes, no tokens, no URL with credentials, no proofs.

#include "relay/base/encoding.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace relay::observability {

enum class LogLevel { Debug, Info, Warn, Error };
enum class LogFormat { Text, Json };

/// Takes effect for the whole process. Called once, before anything is logged.
void start_logging(LogLevel level, LogFormat format);
/// Lines that standard output did not take at once: see log_writer.hpp.
std::uint64_t dropped_log_lines();

/// A value under its key. It is seen by reference and made into text only where a line is written,
/// so that a line below the level costs next to nothing; it lives as long as the call that logs.
class Field {
  public:
    Field(std::string_view name, std::string_view text) : key_(name), value_(text) {}
    Field(std::string_view name, const std::string& text) : Field(name, std::string_view(text)) {}
    Field(std::string_view name, const char* text) : Field(name, std::string_view(text)) {}
    template <std::signed_integral Number>
    Field(std::string_view name, Number number) : key_(name), value_(std::int64_t{number}) {}
    template <std::unsigned_integral Number>
    Field(std::string_view name, Number number) : key_(name), value_(std::uint64_t{number}) {}
    /// In seconds, to the millisecond.
    Field(std::string_view name, std::chrono::nanoseconds duration)
        : key_(name), value_(duration) {}
    /// In hex.
    Field(std::string_view name, base::ByteView bytes) : key_(name), value_(bytes) {}
    /// By its own to_string(): an id, a signature, an address.
    template <class Named>
        requires requires(const Named& named) {
            { named.to_string() } -> std::same_as<std::string>;
        }
    Field(std::string_view name, const Named& named)
        : key_(name), value_(Reference{&named, [](const void* object) {
                                           return static_cast<const Named*>(object)->to_string();
                                       }}) {}

    std::string_view key() const { return key_; }
    std::string text() const;
    /// The text is a JSON number.
    bool is_number() const;

  private:
    struct Reference {
        const void* object;
        std::string (*to_string)(const void* object);
    };

    std::string_view key_;
    std::variant<std::string_view, std::int64_t, std::uint64_t, std::chrono::nanoseconds,
                 base::ByteView, Reference>
        value_;
};

using Fields = std::initializer_list<Field>;

void log_debug(std::string_view event, std::string_view message, Fields fields = {});
void log_info(std::string_view event, std::string_view message, Fields fields = {});
void log_warn(std::string_view event, std::string_view message, Fields fields = {});
void log_error(std::string_view event, std::string_view message, Fields fields = {});

/// One line as each format writes it, without time and level. Pure; here for the tests.
std::string format_text(std::string_view event, std::string_view message, Fields fields);
std::string format_json_members(std::string_view event, std::string_view message, Fields fields);

} // namespace relay::observability
