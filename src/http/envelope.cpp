#include "relay/http/envelope.hpp"

#include "relay/http/message.hpp"

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace relay::http {

using nlohmann::json;

namespace {

std::string text_of(const json& body) {
    return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace

Response success(unsigned status, const json& data) {
    Response response;
    response.status = status;
    response.body = R"({"data":)" + text_of(data) + R"(,"error":null,"success":true})";
    return response;
}

Response failure(unsigned status, std::string_view code, std::string_view message,
                 std::string_view field, std::string_view hint) {
    json error = {{"code", code}, {"message", message}};
    if (!field.empty()) {
        error["field"] = field;
    }
    if (!hint.empty()) {
        error["hint"] = hint;
    }
    return failure(status, error);
}

Response failure(unsigned status, const json& error) {
    Response response;
    response.status = status;
    response.error_code = error.at("code").get<std::string>();
    response.body = R"({"data":null,"error":)" + text_of(error) + R"(,"success":false})";
    return response;
}

Response try_later(unsigned status, std::string_view code, std::string_view message,
                   std::chrono::seconds after, std::string_view hint) {
    auto response = failure(status, code, message, {}, hint);
    response.headers.emplace_back("Retry-After", std::to_string(after.count()));
    return response;
}

} // namespace relay::http
