#include "relay/http/message.hpp"

#include "relay/base/url.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>

namespace relay::http {

namespace {

/// Cuts "http://authority" off a target in absolute form (RFC 9112 3.2.2), whose authority counts
/// in the Host's place. False where the authority is none.
bool cut_authority(std::string_view& target, Request& request) {
    const auto is_scheme = [&](std::string_view scheme) {
        return target.size() >= scheme.size() &&
               std::ranges::equal(target.substr(0, scheme.size()), scheme, {},
                                  [](unsigned char letter) { return std::tolower(letter); });
    };
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (is_scheme(scheme)) {
            const auto rest = target.substr(scheme.size());
            const auto end = std::min(rest.find_first_of("/?"), rest.size());
            const auto authority = base::split_url_authority(rest.substr(0, end));
            request.host = rest.substr(0, end);
            target = rest.substr(end);
            return authority && authority->login.empty();
        }
    }
    return true;
}

} // namespace

bool is_known_method(std::string_view method) {
    constexpr std::array<std::string_view, 7> kKnown = {"GET", "HEAD",   "POST", "OPTIONS",
                                                        "PUT", "DELETE", "PATCH"};
    return std::ranges::find(kKnown, method) != kKnown.end();
}

bool parse_target(std::string_view target, Request& request) {
    const bool is_absolute = !target.starts_with('/') && target != "*";
    if (target.contains('#') || !cut_authority(target, request)) {
        return false;
    }
    if (target == "*" || (is_absolute && target.empty() && request.method == "OPTIONS")) {
        request.path = "*"; // the server as a whole
        return request.method == "OPTIONS";
    }
    const auto question = std::min(target.find('?'), target.size());
    auto path = base::decode_percent(target.substr(0, question));
    if (path && path->empty() && is_absolute && !request.host.empty()) {
        path = "/";
    }
    if (!path || !path->starts_with('/')) {
        return false;
    }
    request.path = *path;
    target.remove_prefix(std::min(question + 1, target.size()));
    while (!target.empty()) {
        const auto pair = target.substr(0, target.find('&'));
        target.remove_prefix(std::min(pair.size() + 1, target.size()));
        const auto equals = std::min(pair.find('='), pair.size());
        const auto name = base::decode_percent(pair.substr(0, equals), base::Plus::IsSpace);
        const auto value = base::decode_percent(pair.substr(std::min(equals + 1, pair.size())),
                                                base::Plus::IsSpace);
        if (!name || !value) {
            return false;
        }
        request.query[*name] = *value;
    }
    return true;
}

} // namespace relay::http
