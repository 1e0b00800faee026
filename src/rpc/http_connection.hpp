#pragma once
// One connection to a node, plain or TLS, and how it is made: every address of the node's name is
// tried, by turns and soon side by side (RFC 8305), and the first whose handshake is through wins.
// Private to rpc. No time limits of its own but those between the turns.

#include "relay/base/resolver.hpp"
#include "relay/base/task.hpp"
#include "relay/rpc/url.hpp"

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace relay::rpc {

struct HttpConnection {
    using Clock = std::chrono::steady_clock;
    using Plain = boost::asio::ip::tcp::socket;
    using Tls = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;

    static constexpr std::size_t kReadBytes = 8UL * 1024;
    /// Kept no longer: what lies between (a NAT, a balancer) forgets connections without a word,
    /// and a name may have come to mean another machine.
    static constexpr std::chrono::seconds kLongestIdle{15};
    static constexpr std::chrono::minutes kLongestLife{5};

    std::variant<Plain, Tls> stream;
    /// What was read and belongs to no reply yet: a view of `unread`.
    std::array<char, kReadBytes> unread{};
    std::string_view pending;
    /// Both sides leave it open after the last reply.
    bool reusable = false;
    Clock::time_point made_at = Clock::now();
    Clock::time_point used_at = made_at;

    template <class... Arguments>
    explicit HttpConnection(Arguments&&... arguments)
        : stream(std::forward<Arguments>(arguments)...) {}

    boost::asio::ip::tcp::socket& socket();
    /// Neither old nor closed by the peer, and nothing has come that nobody asked for.
    bool is_fit(Clock::time_point now);
};

class HttpConnector {
  public:
    HttpConnector(boost::asio::any_io_executor executor, const Url& url,
                  base::Resolver::LookUp look_up);

    /// Throws boost::system::system_error where no address takes the connection, or the name has
    /// none within the limit.
    base::Task<std::unique_ptr<HttpConnection>> connect();

  private:
    using Addresses = base::Resolver::Addresses;

    base::Task<std::unique_ptr<HttpConnection>> race(const Addresses& addresses, std::size_t first);
    base::Task<std::unique_ptr<HttpConnection>> connect_to(const std::string& address,
                                                           boost::asio::steady_timer* next_turn);
    base::Task<std::unique_ptr<HttpConnection>> wait_and_race(const Addresses& addresses,
                                                              std::size_t first,
                                                              boost::asio::steady_timer& turn);
    base::Task<void> open(HttpConnection& connection, const std::string& address);

    boost::asio::any_io_executor executor_;
    const Url& url_;
    boost::asio::ssl::context tls_{boost::asio::ssl::context::tls_client};
    base::Resolver resolver_;
};

} // namespace relay::rpc
