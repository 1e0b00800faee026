#include "request_target.hpp"

#include <cctype>
#include <string>
#include <string_view>
#include <utility>

namespace relay::app {

namespace {

/// All but the unreserved characters.
std::string encode(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string encoded;
    for (const char letter : text) {
        const auto byte = static_cast<unsigned char>(letter);
        const bool is_plain =
            byte < 0x80 && (std::isalnum(byte) != 0 || std::string_view("-._~").contains(letter));
        if (is_plain) {
            encoded += letter;
        } else {
            encoded += {'%', kDigits[byte >> 4U], kDigits[byte & 0xfU]};
        }
    }
    return encoded;
}

} // namespace

RequestTarget& RequestTarget::segment(std::string_view text) {
    text_ += "/" + encode(text);
    return *this;
}

RequestTarget& RequestTarget::parameter(std::string_view name, std::string_view value) {
    text_ += (std::exchange(has_parameter_, true) ? "&" : "?") + encode(name) + "=" + encode(value);
    return *this;
}

} // namespace relay::app
