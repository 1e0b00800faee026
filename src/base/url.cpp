#include "relay/base/url.hpp"

#include "relay/base/encoding.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace relay::base {

namespace {

bool is_name(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char character) {
        return std::isalnum(static_cast<unsigned char>(character)) != 0 || character == '.' ||
               character == '-' || character == '_';
    });
}

/// With the zone that it may have.
bool is_ipv6(std::string_view text) {
    const auto percent = std::min(text.find('%'), text.size());
    const auto address = text.substr(0, percent);
    return address.contains(':') &&
           address.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos &&
           (percent == text.size() || is_name(text.substr(percent + 1)));
}

} // namespace

bool is_host(std::string_view text) {
    return is_name(text) || is_ipv6(text);
}

std::optional<UrlAuthority> split_url_authority(std::string_view text) {
    UrlAuthority authority;
    if (const auto at = text.rfind('@'); at != std::string_view::npos) {
        authority.login = text.substr(0, at);
        text.remove_prefix(at + 1);
    }
    const auto bracket = text.rfind(']');
    const auto colon = text.rfind(':');
    const bool has_port =
        colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
    authority.host = text.substr(0, has_port ? colon : text.size());
    if (has_port) {
        authority.port = text.substr(colon + 1);
        if (authority.port.empty()) {
            return std::nullopt;
        }
    }
    if (authority.host.starts_with('[') && authority.host.ends_with(']')) {
        authority.host = authority.host.substr(1, authority.host.size() - 2);
        return is_ipv6(authority.host) ? std::optional(authority) : std::nullopt;
    }
    return is_name(authority.host) ? std::optional(authority) : std::nullopt;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port == 0) {
        return std::nullopt;
    }
    return port;
}

std::optional<std::string> decode_percent(std::string_view text, Plus plus) {
    std::string plain;
    for (std::size_t index = 0; index < text.size(); ++index) {
        if (text[index] == '%') {
            const auto byte = decode_hex(text.substr(index + 1, 2));
            if (!byte || byte->size() != 1) {
                return std::nullopt;
            }
            plain.push_back(static_cast<char>(byte->front()));
            index += 2;
        } else {
            plain.push_back(text[index] == '+' && plus == Plus::IsSpace ? ' ' : text[index]);
        }
    }
    return plain;
}

} // namespace relay::base
