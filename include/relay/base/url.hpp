#pragma once
// The parts that URLs of every scheme share. Pure; errors carry no text of the URL, which may hold
// a secret. Source: RFC 3986.
//
// Boost.URL does not fit: 1.81, Debian 12's, takes the q of "http://u:p@q@h" for the host, so that
// half of a password with an @ is looked up and logged; and it refuses the | { ^ of targets that
// browsers send as they are.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relay::base {

/// "login@host:port"; login and port may be empty. Views into the text.
struct UrlAuthority {
    std::string_view login;
    /// Without the brackets that an IPv6 address stands in.
    std::string_view host;
    std::string_view port;
};

/// None where the host is none, a colon has no port, or an IPv6 address has no brackets.
std::optional<UrlAuthority> split_url_authority(std::string_view text);

/// A name or a numeric address, and no part of a login that stands in the wrong place: such a host
/// would be looked up and logged.
bool is_host(std::string_view text);

/// 1 to 65535.
std::optional<std::uint16_t> parse_port(std::string_view text);

/// Text with its %XX escapes read; none where one is malformed. Query strings also write a space
/// as '+'.
enum class Plus { IsPlus, IsSpace };
std::optional<std::string> decode_percent(std::string_view text, Plus plus = Plus::IsPlus);

} // namespace relay::base
