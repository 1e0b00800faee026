#include "relay/observability/logging.hpp"

#include "relay/base/encoding.hpp"
#include "relay/observability/log_writer.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace relay::observability {

namespace {

LogFormat chosen_format = LogFormat::Text; // set once, in start_logging

/// The time and the level, which stand before what is formatted here.
constexpr std::size_t kLongestPrefix = 128;

class UnhurriedSink final : public spdlog::sinks::base_sink<std::mutex> {
  public:
    std::uint64_t dropped() {
        const std::lock_guard lock(mutex_);
        return writer_.dropped();
    }
    std::uint64_t take_gap() {
        const std::lock_guard lock(mutex_);
        return writer_.take_gap();
    }

  private:
    void sink_it_(const spdlog::details::log_msg& message) override {
        spdlog::memory_buf_t line;
        formatter_->format(message, line);
        writer_.write({line.data(), line.size()});
    }
    void flush_() override {}

    LogWriter writer_{STDOUT_FILENO};
};

std::shared_ptr<UnhurriedSink> chosen_sink; // set once, in start_logging

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

std::string format(std::string_view event, std::string_view message, Fields fields) {
    return chosen_format == LogFormat::Json ? format_json_members(event, message, fields)
                                            : format_text(event, message, fields);
}

void write(spdlog::level::level_enum level, std::string_view event, std::string_view message,
           Fields fields) {
    if (!spdlog::should_log(level)) {
        return;
    }
    auto line = format(event, message, fields);
    if (line.size() + kLongestPrefix > LogWriter::kLongestLine) {
        line = format(event, message, {{"cut", "its fields were too long"}});
    }
    auto* logger = spdlog::default_logger_raw();
    logger->log(level, "{}", line);
    if (const auto gap = chosen_sink ? chosen_sink->take_gap() : 0; gap > 0) {
        logger->log(
            spdlog::level::warn, "{}",
            format("log_lines_dropped", "the log's reader was slow or gone", {{"lines", gap}}));
    }
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
    chosen_sink = std::make_shared<UnhurriedSink>();
    auto logger = std::make_shared<spdlog::logger>("relay", chosen_sink);
    const std::string pattern = format == LogFormat::Json
                                    ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                                    : "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v";
    logger->set_formatter(
        std::make_unique<spdlog::pattern_formatter>(pattern, spdlog::pattern_time_type::utc));
    logger->set_level(to_spdlog(level));
    spdlog::set_default_logger(std::move(logger));
}

std::uint64_t dropped_log_lines() {
    return chosen_sink ? chosen_sink->dropped() : 0;
}

std::string format_text(std::string_view event, std::string_view message, Fields fields) {
    std::string line(message);
    line.append(" event=").append(event);
    for (const auto& field : fields) {
        const auto text = field.text();
        line.append(" ").append(field.key()).append("=");
        line.append(needs_quotes(text) ? json_string(text) : text);
    }
    return line;
}

std::string format_json_members(std::string_view event, std::string_view message, Fields fields) {
    std::string line = R"("event":)" + json_string(event);
    line.append(R"(,"message":)").append(json_string(message));
    for (const auto& field : fields) {
        const auto text = field.text();
        line.append(",").append(json_string(field.key())).append(":");
        line.append(field.is_number() ? text : json_string(text));
    }
    return line;
}

void log_debug(std::string_view event, std::string_view message, Fields fields) {
    write(spdlog::level::debug, event, message, fields);
}

void log_info(std::string_view event, std::string_view message, Fields fields) {
    write(spdlog::level::info, event, message, fields);
}

void log_warn(std::string_view event, std::string_view message, Fields fields) {
    write(spdlog::level::warn, event, message, fields);
}

void log_error(std::string_view event, std::string_view message, Fields fields) {
    write(spdlog::level::err, event, message, fields);
}

} // namespace relay::observability
