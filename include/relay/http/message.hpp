#pragma once
// An HTTP request and its answer as handlers see them: plain values, no library's types.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::http {

/// The connection that a request came by, for a handler that holds its answer back.
class Connection {
  public:
    virtual ~Connection() = default;
    /// The client has hung up, or sends no more.
    virtual bool is_closed() = 0;
    /// Calls once, when the client sends more or hangs up; never after what it returns is gone.
    virtual std::shared_ptr<void> on_arrival(std::function<void()> call) = 0;
};

struct Request {
    std::string method;
    std::string path;
    /// Decoded; the last value where a name is given twice.
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
    /// All lines of X-Forwarded-For, as one list.
    std::string forwarded_for = {};
    /// What a route's {name} stood for.
    std::string parameter;
    /// Lives until the request is answered; none where it came by none.
    Connection* connection = nullptr;
};

struct Response {
    unsigned status = 200;
    std::string body;
    std::string content_type = "application/json";
    std::vector<std::pair<std::string, std::string>> headers;
    /// What the body of a failure says, for the metrics.
    std::string error_code = {};
};

/// A method that some server may serve; any other is answered 501.
bool is_known_method(std::string_view method);

/// Splits "/path?name=value&...", with or without "http://host" before it, into the request; "*"
/// is a target of OPTIONS. False where it is none, or an escape is malformed.
bool parse_target(std::string_view target, Request& request);

} // namespace relay::http
