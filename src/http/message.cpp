#include "relay/http/message.hpp"

#include "relay/base/encoding.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace relay::http {

namespace {

std::optional<std::string> decoded(std::string_view text, bool plus_is_space) {
    std::string plain;
    for (std::size_t index = 0; index < text.size(); ++index) {
        if (text[index] == '%') {
            const auto byte = base::decode_hex(text.substr(index + 1, 2));
            if (!byte || byte->size() != 1) {
                return std::nullopt;
            }
            plain.push_back(static_cast<char>(byte->front()));
            index += 2;
        } else {
            plain.push_back(text[index] == '+' && plus_is_space ? ' ' : text[index]);
        }
    }
    return plain;
}

} // namespace

bool parse_target(std::string_view target, Request& request) {
    const auto question = std::min(target.find('?'), target.size());
    const auto path = decoded(target.substr(0, question), /*plus_is_space=*/false);
    if (!path || !path->starts_with('/')) {
        return false;
    }
    request.path = *path;
    target.remove_prefix(std::min(question + 1, target.size()));
    while (!target.empty()) {
        const auto pair = target.substr(0, target.find('&'));
        target.remove_prefix(std::min(pair.size() + 1, target.size()));
        const auto equals = std::min(pair.find('='), pair.size());
        const auto name = decoded(pair.substr(0, equals), /*plus_is_space=*/true);
        const auto value =
            decoded(pair.substr(std::min(equals + 1, pair.size())), /*plus_is_space=*/true);
        if (!name || !value) {
            return false;
        }
        request.query[*name] = *value;
    }
    return true;
}

} // namespace relay::http
