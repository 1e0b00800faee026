#pragma once
// POSTs to one HTTP or HTTPS address over connections that are kept alive and reused.
//
// A kept connection that the server has closed meanwhile is replaced once, silently, and a reply
// that closes its connection has what stood behind it posted on a new one: all that is posted here
// may be posted twice; a reply to what may have been is marked. Certificates are verified against
// the system's store.
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
#include <vector>

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

class HttpClient {
  public:
    struct Limits {
        std::chrono::milliseconds timeout{10'000};
        /// Each is used by one post, or one post_all, at a time, and kept for the next.
        std::size_t connections = 64;
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
    /// Several, not none, on one connection without awaiting the replies in between (pipelining,
    /// RFC 9112 9.3.2): two system calls for all. A slow one holds up those behind it. The time
    /// limit holds for all together; the replies before a failure count.
    base::Task<std::vector<base::Result<HttpReply>>> post_all(std::vector<std::string> bodies);

  private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

} // namespace relay::rpc
