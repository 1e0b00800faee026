#pragma once
// POSTs to one HTTP or HTTPS address over connections that are kept alive and reused.
//
// A kept connection that the server has closed meanwhile is replaced once, silently: all that is
// posted here may be posted twice. Certificates are verified against the system's store.

#include "relay/base/error.hpp"
#include "relay/base/task.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace relay::solana {

struct Url {
    bool tls = false;
    std::string host;
    std::string port;
    /// Path and query, which may carry an access key: never logged.
    std::string target;
    /// "user:password" where the URL had it: sent as Basic authorization, never logged.
    std::string credentials;

    /// The error never repeats the text, which may hold a secret.
    static base::Result<Url> parse(std::string_view text);
    /// "host:port", with the brackets of an IPv6 address.
    std::string authority() const;
    /// "https://host:port", safe to log.
    std::string display() const;
};

struct HttpReply {
    unsigned status = 0;
    std::string body;
    /// From a Retry-After header in seconds.
    std::optional<std::chrono::seconds> retry_after;
};

class HttpClient {
  public:
    struct Limits {
        std::chrono::milliseconds timeout{10'000};
        /// And connections: each call has one to itself, kept for the next.
        std::size_t in_flight = 64;
        std::size_t body_bytes = 4UL * 1024 * 1024;
    };

    HttpClient(const boost::asio::any_io_executor& executor, Url url, Limits limits);
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    /// The reply, whatever its status; or why there was none.
    base::Task<base::Result<HttpReply>> post(std::string body);

  private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

} // namespace relay::solana
