#pragma once
// An HTTP request and its answer as handlers see them: plain values, no library's types.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::http {

struct Request {
    std::string method;
    std::string path;
    /// Decoded; of a name given twice, the last value.
    std::map<std::string, std::string, std::less<>> query;
    std::string body;
    std::string content_type;
    std::string origin;
    std::string authorization;
    /// Whom the client took us for: the Host, or the authority of a target in absolute form.
    std::string host;
    /// The client's own X-Request-Id where it sent a sane one, else one of ours.
    std::string request_id;
    /// The peer's address, without its port.
    std::string peer;
    /// What a route's {name} stood for.
    std::string parameter;
};

struct Response {
    unsigned status = 200;
    std::string body;
    std::string content_type = "application/json";
    std::vector<std::pair<std::string, std::string>> headers;
    /// Of a failure: what its body says, for the metrics.
    std::string error_code = {};
};

/// A method that some server may serve; any other is answered 501.
bool is_known_method(std::string_view method);

/// Splits "/path?name=value&...", with or without "http://host" before it, into the request; "*"
/// is a target of OPTIONS. False where it is none, or an escape is malformed.
bool parse_target(std::string_view target, Request& request);

} // namespace relay::http
