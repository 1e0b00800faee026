#pragma once

#include "relay/http/message.hpp"

#include <ctime>
#include <string>
#include <string_view>

namespace relay::http {

/// What an answer's head says beside the answer itself.
struct Delivery {
    bool keep_alive = false;
    bool is_head = false;
    /// Asked by HTTP/1.0, which must be told that the connection goes on.
    bool is_http_1_0 = false;
    std::string_view request_id = {};
    /// As http_date() writes it.
    std::string_view date = {};
};

/// The answer as HTTP/1.1 sends it. Written by hand: Beast's serializer would cost as much as all
/// else that an answer takes.
std::string to_text(const Response& response, const Delivery& delivery);

/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string http_date(std::time_t time);

} // namespace relay::http
