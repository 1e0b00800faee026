#include "http_reply.hpp"

#include "relay/base/http_reader.hpp"
#include "relay/rpc/http_client.hpp"

#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace relay::rpc {
namespace {

/// What a stranger may ask for: more is a mistake, or meant to harm. Providers do not use the form
/// that is a date.
constexpr std::uint32_t kLongestRetryAfter = 3'600;

std::optional<std::chrono::seconds> read_retry_after(std::string_view text) {
    std::uint32_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size() ||
        seconds > kLongestRetryAfter) {
        return std::nullopt;
    }
    return std::chrono::seconds(seconds);
}

} // namespace

HttpReply to_reply(base::HttpReader& reader) {
    HttpReply reply;
    reply.status = reader.status();
    reply.retry_after = read_retry_after(reader.field("retry-after"));
    reply.body = std::move(reader.body());
    return reply;
}

} // namespace relay::rpc
