#include "relay/rpc/url.hpp"

#include "relay/base/error.hpp"
#include "relay/base/url.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace relay::rpc {

base::Result<Url> Url::parse(std::string_view text) {
    Url url;
    if (text.starts_with("https://")) {
        url.tls = true;
        text.remove_prefix(8);
    } else if (text.starts_with("http://")) {
        text.remove_prefix(7);
    } else {
        return base::fail("an RPC URL must begin with http:// or https://");
    }
    if (std::ranges::any_of(text,
                            [](unsigned char c) { return c <= ' ' || c == 0x7f || c == '#'; })) {
        return base::fail("an RPC URL must hold no space, no control character and no #");
    }
    const auto path = std::min(text.find_first_of("/?"), text.size());
    url.target = text.substr(path);
    if (!url.target.starts_with('/')) {
        url.target.insert(0, "/");
    }
    if (url.target.contains('@')) { // a login with a / or ? in it, most likely
        return base::fail(
            "an RPC URL must have each @ after its host as %40, and each / and ? of "
            "its login as %2F and %3F");
    }
    const auto authority = base::split_url_authority(text.substr(0, path));
    if (!authority) {
        return base::fail("an RPC URL must have host or host:port, an IPv6 address in brackets");
    }
    const auto user = base::decode_percent(
        authority->login.substr(0, std::min(authority->login.find(':'), authority->login.size())));
    const auto login = base::decode_percent(authority->login);
    if (!user || !login || user->contains(':')) { // RFC 7617: the first colon ends the user
        return base::fail(
            "an RPC URL's login must have its special characters as %XX, and no "
            "colon in its user");
    }
    url.credentials = *login;
    url.host = authority->host;
    url.port = authority->port;
    if (url.port.empty()) {
        url.port = url.tls ? "443" : "80";
    }
    if (!base::parse_port(url.port)) {
        return base::fail("an RPC URL's port must be a number from 1 to 65535");
    }
    return url;
}

std::string Url::authority() const {
    const bool is_ipv6 = host.find(':') != std::string::npos;
    return (is_ipv6 ? "[" + host + "]" : host) + ":" + port;
}

std::string Url::host_header() const {
    auto text = authority();
    if (base::parse_port(port) == (tls ? 443 : 80)) {
        text.resize(text.rfind(':'));
    }
    return text;
}

std::string Url::display() const {
    return (tls ? "https://" : "http://") + authority();
}

} // namespace relay::rpc
