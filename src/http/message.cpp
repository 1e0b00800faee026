#include "relay/http/message.hpp"

#include "relay/base/url.hpp"

#include <algorithm>
#include <string_view>

namespace relay::http {

bool parse_target(std::string_view target, Request& request) {
    const auto question = std::min(target.find('?'), target.size());
    const auto path = base::decode_percent(target.substr(0, question));
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
