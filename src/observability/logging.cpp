#include "relay/observability/logging.hpp"

#include "relay/base/encoding.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace relay::observability {

namespace {

LogFormat chosen_format = LogFormat::Text; // set once, in start_logging

spdlog::level::level_enum to_spdlog(LogLevel level) {
    switch (level) {
        case LogLevel::Debug:
            return spdlog::level::debug;
        case LogLevel::Info:
            return spdlog::level::info;
        case LogLevel::Warn:
            return spdlog::level::warn;
        case LogLevel::Error:
            return spdlog::level::err;
    }
    std::unreachable();
}

/// A JSON string literal; bytes that are not UTF-8 are replaced, never thrown about.
std::string json_string(std::string_view text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool needs_quotes(std::string_view text) {
    return text.empty() || std::ranges::any_of(text, [](unsigned char character) {
               return character <= ' ' || character == 0x7f || character == '"' ||
                      character == '=' || character == '\\';
           });
}

void write(spdlog::level::level_enum level, std::string_view event, Fields fields) {
    if (!spdlog::should_log(level)) {
        return;
    }
    const auto line = chosen_format == LogFormat::Json ? format_json_members(event, fields)
                                                       : format_text(event, fields);
    spdlog::default_logger_raw()->log(level, "{}", line);
}

} // namespace

std::string Field::text() const {
    struct Writer {
        std::string operator()(std::string_view text) const { return std::string(text); }
        std::string operator()(std::int64_t number) const { return std::to_string(number); }
        std::string operator()(std::uint64_t number) const { return std::to_string(number); }
        std::string operator()(std::chrono::nanoseconds duration) const {
            std::array<char, 32> text{};
            const double seconds = std::chrono::duration<double>(duration).count();
            const int length = std::snprintf(text.data(), text.size(), "%.3f", seconds);
            return {text.data(), static_cast<std::size_t>(length)};
        }
        std::string operator()(base::ByteView bytes) const { return base::encode_hex(bytes); }
        std::string operator()(const Reference& named) const {
            return named.to_string(named.object);
        }
    };
    return std::visit(Writer{}, value_);
}

bool Field::is_number() const {
    return std::holds_alternative<std::int64_t>(value_) ||
           std::holds_alternative<std::uint64_t>(value_) ||
           std::holds_alternative<std::chrono::nanoseconds>(value_);
}

void start_logging(LogLevel level, LogFormat format) {
    chosen_format = format;
    auto logger = std::make_shared<spdlog::logger>(
        "relay", std::make_shared<spdlog::sinks::stdout_sink_mt>());
    const std::string pattern = format == LogFormat::Json
                                    ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                                    : "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v";
    logger->set_formatter(
        std::make_unique<spdlog::pattern_formatter>(pattern, spdlog::pattern_time_type::utc));
    logger->set_level(to_spdlog(level));
    logger->flush_on(spdlog::level::trace);
    spdlog::set_default_logger(std::move(logger));
}

std::string format_text(std::string_view event, Fields fields) {
    std::string line(event);
    for (const auto& field : fields) {
        const auto text = field.text();
        line.append(" ").append(field.key()).append("=");
        line.append(needs_quotes(text) ? json_string(text) : text);
    }
    return line;
}

std::string format_json_members(std::string_view event, Fields fields) {
    std::string line = R"("message":)" + json_string(event);
    for (const auto& field : fields) {
        const auto text = field.text();
        line.append(",").append(json_string(field.key())).append(":");
        line.append(field.is_number() ? text : json_string(text));
    }
    return line;
}

void log_debug(std::string_view event, Fields fields) {
    write(spdlog::level::debug, event, fields);
}

void log_info(std::string_view event, Fields fields) {
    write(spdlog::level::info, event, fields);
}

void log_warn(std::string_view event, Fields fields) {
    write(spdlog::level::warn, event, fields);
}

void log_error(std::string_view event, Fields fields) {
    write(spdlog::level::err, event, fields);
}

} // namespace relay::observability
