#pragma once
// An HTTP/1.1 server on one address: reads requests within limits of size and time, hands them to a
// router, writes the answers. One coroutine a connection.
//
// Limits: past max_connections the connection that has idled longest is closed to make room; where
// none idles, the new one is answered 503 and closed. A request that does not arrive whole within
// request_timeout is answered 408; a body over body_bytes 413, chunks whose framing takes more than
// base::HttpLimits allows too, a head over header_bytes 431. Every answer has a date, a request's
// id and the CORS headers of its origin, also where the request could not be read.

#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/http/router.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace relay::http {

class Server {
  public:
    struct Settings {
        std::string host = "127.0.0.1";
        /// 0: any free one; see port().
        std::uint16_t port = 0;
        std::size_t max_connections = 4'096;
        std::size_t body_bytes = 16UL * 1024;
        std::size_t header_bytes = 8UL * 1024;
        std::chrono::milliseconds request_timeout{10'000};
        std::chrono::milliseconds idle_timeout{60'000};
        std::chrono::milliseconds write_timeout{10'000};
    };

    /// Binds and listens; throws std::runtime_error naming the address where that fails.
    /// `connections` runs the sessions: joined before the server dies.
    Server(base::TaskGroup& connections, Settings settings, Router& router);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    std::uint16_t port() const;
    /// Open ones.
    std::size_t connections() const;

    /// Accepts connections until stop().
    base::Task<void> run();
    /// No more connections: the listener closes, idle connections too, and those at work after the
    /// answer they are making.
    void stop();

  private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

} // namespace relay::http
