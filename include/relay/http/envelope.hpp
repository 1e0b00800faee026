#pragma once
// The one shape of every JSON answer:
//   {"success":true,"data":{...},"error":null}
//   {"success":false,"data":null,"error":{"code":"...","message":"...","field":"...","hint":"..."}}
// Source: docs/protocol.md, "Answers". `field` stands only where one is at fault, `hint` where the
// sender can do something.

#include "relay/http/message.hpp"

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace relay::http {

Response success(unsigned status, const nlohmann::json& data);
Response failure(unsigned status, std::string_view code, std::string_view message,
                 std::string_view field = {}, std::string_view hint = {});
/// With an error that has members beside those.
Response failure(unsigned status, const nlohmann::json& error);
/// With Retry-After: for 429 and 503.
Response try_later(unsigned status, std::string_view code, std::string_view message,
                   std::chrono::seconds after, std::string_view hint = {});

} // namespace relay::http
