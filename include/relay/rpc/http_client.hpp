#pragma once
// Calls of one HTTP or HTTPS address over connections that are kept alive and reused.
//
// A kept connection that the server has closed meanwhile is replaced once, silently: all that is
// sent here may be sent twice; a reply to what may have been is marked. Certificates are verified
// against the system's store.
//
// Within the time limit of a call: a name that is not found in 2 s is given up, each of its
// addresses is tried, and where nobody acknowledges what is sent on a kept connection for 2 s, a
// new one is made. What a reply takes from the socket is bounded as a whole, its framing included.

#include "relay/base/error.hpp"
#include "relay/base/resolver.hpp"
#include "relay/base/task.hpp"
#include "relay/rpc/url.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace relay::rpc {

struct HttpReply {
    unsigned status = 0;
    std::string body;
    /// From a Retry-After header in seconds, up to an hour; anything else there says nothing.
    std::optional<std::chrono::seconds> retry_after;
    /// The same body was written to an earlier connection that broke before its answer: the server
    /// may have acted on that one, and this may be its word on the second.
    bool perhaps_delivered_before = false;
};

/// A call other than a POST of JSON to the address's own path.
struct HttpRequest {
    const char* method = "GET";
    /// Path and query, percent-encoded.
    std::string target;
    /// What the Host header says; empty: the address's own.
    std::string host;
    /// The value of the Authorization header; empty: the address's login, if it has one.
    std::string authorization;
    /// JSON; empty: none.
    std::string body;
};

class HttpClient {
  public:
    struct Limits {
        std::chrono::milliseconds timeout{10'000};
        /// Each is used by one post at a time and kept for the next; as many are made as posts are
        /// under way at once. So many carry 3,400 posts a second to a server that answers after
        /// 150 ms (512 / 0.15 s), 8,500 to one that does after 60 ms: a far node does not bound a
        /// relay that completes some 2,000 to 4,500 withdraws a second.
        std::size_t connections = 512;
        std::size_t body_bytes = 4UL * 1024 * 1024;
    };

    HttpClient(const boost::asio::any_io_executor& executor, Url url, Limits limits);
    /// With another way to look names up.
    HttpClient(const boost::asio::any_io_executor& executor, Url url, Limits limits,
               base::Resolver::LookUp look_up);
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    /// The reply, whatever its status; or why there was none.
    base::Task<base::Result<HttpReply>> post(std::string body);
    /// As post(). REQUIRES: no line break in what stands in the head.
    base::Task<base::Result<HttpReply>> send(HttpRequest request);

  private:
    base::Task<base::Result<HttpReply>> exchange(std::string text);

    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

} // namespace relay::rpc
