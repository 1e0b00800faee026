#pragma once

#include "relay/http/message.hpp"

#include <string>

namespace relay::http {

/// The answer as HTTP/1.1 sends it. Written by hand: Beast's serializer would cost as much as all
/// else that an answer takes.
std::string to_text(const Response& response, bool keep_alive, bool is_head);

} // namespace relay::http
