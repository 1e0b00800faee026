#include "relay/redis/settings.hpp"

#include "relay/base/error.hpp"
#include "relay/base/url.hpp"

#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace relay::redis {

namespace {

template <class Number>
bool read_number(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() && number >= 0;
}

/// Splits around the character at `position`; all is the first part where that is npos.
std::pair<std::string_view, std::string_view> split(std::string_view text, std::size_t position) {
    if (position == std::string_view::npos) {
        return {text, {}};
    }
    return {text.substr(0, position), text.substr(position + 1)};
}

base::Result<Settings> parse_unix(std::string_view rest) {
    Settings settings;
    const auto [path, query] = split(rest, rest.find('?'));
    settings.socket_path = path;
    if (!path.starts_with('/')) {
        return base::fail("a Redis socket URL must be unix:///absolute/path");
    }
    if (!query.empty() &&
        (!query.starts_with("db=") || !read_number(query.substr(3), settings.database))) {
        return base::fail("a Redis socket URL may end in ?db=NUMBER and in nothing else");
    }
    return settings;
}

base::Result<Settings> parse_tcp(std::string_view rest) {
    Settings settings;
    const auto [text, database] = split(rest, rest.find('/'));
    if (!database.empty() && !read_number(database, settings.database)) {
        return base::fail("a Redis URL's path must be the number of a database, as in /0");
    }
    const auto authority = base::split_url_authority(text);
    if (!authority) {
        return base::fail("a Redis URL must have host or host:port, an IPv6 address in brackets");
    }
    settings.host = authority->host;
    if (text.contains('@')) {
        const auto [user, password] = split(authority->login, authority->login.find(':'));
        const auto plain_user = base::decode_percent(user);
        const auto plain_password = base::decode_percent(password);
        if (!plain_user || !plain_password || plain_password->empty()) {
            return base::fail(
                "a Redis URL's login must be user:password@ or :password@, "
                "special characters as %XX");
        }
        settings.user = *plain_user;
        settings.password = *plain_password;
    }
    if (!authority->port.empty()) {
        const auto port = base::parse_port(authority->port);
        if (!port) {
            return base::fail("a Redis URL's port must be a number from 1 to 65535");
        }
        settings.port = *port;
    }
    return settings;
}

} // namespace

base::Result<Settings> Settings::parse(std::string_view url) {
    if (url.starts_with("unix://")) {
        return parse_unix(url.substr(7));
    }
    if (url.starts_with("redis://")) {
        return parse_tcp(url.substr(8));
    }
    return base::fail("a Redis URL must begin with redis:// or unix://");
}

} // namespace relay::redis
