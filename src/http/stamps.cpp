#include "stamps.hpp"

#include "relay/base/encoding.hpp"
#include "response_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

namespace relay::http {

std::string Stamps::make_request_id() {
    std::array<std::uint8_t, 8> bytes{};
    std::ranges::generate(bytes, [this] { return static_cast<std::uint8_t>(random_()); });
    return base::encode_hex(bytes);
}

std::string_view Stamps::date() {
    const auto now = std::time(nullptr);
    if (now != dated_) {
        dated_ = now;
        date_ = http_date(now);
    }
    return date_;
}

} // namespace relay::http
