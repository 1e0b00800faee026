#include "response_text.hpp"

#include "relay/http/message.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/http/status.hpp>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <string>
#include <string_view>

namespace relay::http {

namespace {

/// A header's text, in which whatever could end its line becomes a blank.
void append_text(std::string& text, std::string_view value) {
    const auto begin = static_cast<std::ptrdiff_t>(text.size());
    text.append(value);
    std::replace_if(
        text.begin() + begin, text.end(),
        [](unsigned char letter) { return letter < ' ' || letter == 0x7f; }, ' ');
}

} // namespace

std::string http_date(std::time_t time) {
    constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%s, %02d %s %d %02d:%02d:%02d GMT",
                  kDays.at(static_cast<std::size_t>(parts.tm_wday)), parts.tm_mday,
                  kMonths.at(static_cast<std::size_t>(parts.tm_mon)), 1900 + parts.tm_year,
                  parts.tm_hour, parts.tm_min, parts.tm_sec);
    return text.data();
}

std::string to_text(const Response& response, const Delivery& delivery) {
    const auto reason =
        boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(response.status));
    std::string text = "HTTP/1.1 " + std::to_string(response.status) + " ";
    text.append(reason).append("\r\nServer: shield-relay\r\nDate: ");
    text.append(delivery.date).append("\r\nX-Request-Id: ");
    append_text(text, delivery.request_id);
    text.append("\r\nCache-Control: no-store\r\n");
    if (response.status != 204) { // has no body, and must not say that it had one
        text.append("Content-Type: ");
        append_text(text, response.content_type);
        text.append("\r\nContent-Length: ").append(std::to_string(response.body.size()));
        text.append("\r\n");
    }
    for (const auto& [name, value] : response.headers) {
        text.append(name).append(": ");
        append_text(text, value);
        text.append("\r\n");
    }
    if (!delivery.keep_alive) {
        text.append("Connection: close\r\n");
    } else if (delivery.is_http_1_0) {
        text.append("Connection: keep-alive\r\n");
    }
    text.append("\r\n");
    if (!delivery.is_head && response.status != 204) {
        text.append(response.body);
    }
    return text;
}

} // namespace relay::http
