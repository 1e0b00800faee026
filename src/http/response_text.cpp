#include "response_text.hpp"

#include "relay/http/message.hpp"

#include <boost/beast/http/status.hpp>
#include <string>

namespace relay::http {

std::string to_text(const Response& response, bool keep_alive, bool is_head) {
    const auto reason =
        boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(response.status));
    std::string text = "HTTP/1.1 " + std::to_string(response.status) + " ";
    text.append(reason).append("\r\nServer: shield-relay\r\n");
    if (response.status != 204) { // has no body, and must not say that it had one
        text.append("Content-Type: ").append(response.content_type);
        text.append("\r\nContent-Length: ").append(std::to_string(response.body.size()));
        text.append("\r\n");
    }
    for (const auto& [name, value] : response.headers) {
        text.append(name).append(": ").append(value).append("\r\n");
    }
    text.append(keep_alive ? "\r\n" : "Connection: close\r\n\r\n");
    if (!is_head) {
        text.append(response.body);
    }
    return text;
}

} // namespace relay::http
