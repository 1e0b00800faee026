#include "http_connection.hpp"

#include "relay/base/peer_watch.hpp"
#include "relay/base/resolver.hpp"
#include "relay/base/task.hpp"
#include "relay/base/url.hpp"
#include "relay/rpc/url.hpp"

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace relay::rpc {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

/// So many of a name's addresses are tried; a name with more has its reasons.
constexpr std::size_t kMostAddresses = 6;
/// RFC 8305's Connection Attempt Delay.
constexpr std::chrono::milliseconds kBetweenTurns{250};
constexpr std::chrono::milliseconds kLookUpLimit{2'000};
constexpr std::chrono::milliseconds kUnacknowledged{2'000};

} // namespace

tcp::socket& HttpConnection::socket() {
    auto* tls = std::get_if<Tls>(&stream);
    return tls != nullptr ? tls->next_layer() : std::get<Plain>(stream);
}

bool HttpConnection::is_fit(Clock::time_point now) {
    return now - used_at <= kLongestIdle && now - made_at <= kLongestLife &&
           base::is_quiet(socket().native_handle());
}

HttpConnector::HttpConnector(asio::any_io_executor executor, const Url& url,
                             base::Resolver::LookUp look_up)
    : executor_(std::move(executor)), url_(url), resolver_(std::move(look_up)) {
    if (url.tls) {
        tls_.set_default_verify_paths();
        tls_.set_verify_mode(asio::ssl::verify_peer);
    }
}

base::Task<std::unique_ptr<HttpConnection>> HttpConnector::connect() {
    const auto found = co_await resolver_.resolve(url_.host, kLookUpLimit);
    if (!found) {
        throw boost::system::system_error(asio::error::host_not_found);
    }
    Addresses addresses(*found);
    addresses.resize(std::min(addresses.size(), kMostAddresses));
    co_return co_await race(addresses, 0);
}

// Each is awaited at once, by a frame that holds what it refers to.
// NOLINTBEGIN(cppcoreguidelines-avoid-reference-coroutine-parameters)

/// Tries the first address; where it is not through when the next one's turn comes, or has failed,
/// the others too.
base::Task<std::unique_ptr<HttpConnection>> HttpConnector::race(const Addresses& addresses,
                                                                std::size_t first) {
    if (first + 1 == addresses.size()) {
        co_return co_await connect_to(addresses[first], nullptr);
    }
    asio::steady_timer turn(executor_, kBetweenTurns);
    auto [order, failure, connection, other_failure, other_connection] =
        co_await asio::experimental::make_parallel_group(
            asio::co_spawn(executor_, connect_to(addresses[first], &turn), asio::deferred),
            asio::co_spawn(executor_, wait_and_race(addresses, first + 1, turn), asio::deferred))
            .async_wait(asio::experimental::wait_for_one_success(), asio::use_awaitable);
    if (connection && (order[0] == 0 || !other_connection)) {
        co_return std::move(connection);
    }
    if (other_connection) {
        co_return std::move(other_connection);
    }
    std::rethrow_exception(failure ? failure : other_failure);
}

base::Task<std::unique_ptr<HttpConnection>> HttpConnector::wait_and_race(const Addresses& addresses,
                                                                         std::size_t first,
                                                                         asio::steady_timer& turn) {
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    error_code ignored; // ended early, where the address before this one has failed
    co_await turn.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (cancellation.cancelled() != asio::cancellation_type::none) {
        throw boost::system::system_error(asio::error::operation_aborted);
    }
    co_return co_await race(addresses, first);
}

base::Task<std::unique_ptr<HttpConnection>> HttpConnector::connect_to(
    const std::string& address, asio::steady_timer* next_turn) {
    struct PassTurn {
        asio::steady_timer* turn;
        ~PassTurn() {
            if (turn != nullptr) {
                turn->expires_at(asio::steady_timer::time_point::min());
            }
        }
    };
    PassTurn pass{next_turn};
    auto connection =
        url_.tls ? std::make_unique<HttpConnection>(std::in_place_type<HttpConnection::Tls>,
                                                    tcp::socket(executor_), tls_)
                 : std::make_unique<HttpConnection>(std::in_place_type<HttpConnection::Plain>,
                                                    executor_);
    co_await open(*connection, address);
    pass.turn = nullptr;
    co_return connection;
}

base::Task<void> HttpConnector::open(HttpConnection& connection, const std::string& address) {
    const tcp::endpoint endpoint(asio::ip::make_address(address),
                                 base::parse_port(url_.port).value_or(0));
    co_await connection.socket().async_connect(endpoint, asio::use_awaitable);
    connection.socket().set_option(tcp::no_delay(true));
    base::watch_peer(connection.socket().native_handle(), kUnacknowledged);
    if (auto* stream = std::get_if<HttpConnection::Tls>(&connection.stream)) {
        stream->set_verify_callback(asio::ssl::host_name_verification(url_.host));
        if (!base::is_numeric_address(url_.host)) { // RFC 6066: names only
            SSL_set_tlsext_host_name(stream->native_handle(), url_.host.c_str());
        }
        co_await stream->async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
    }
}

// NOLINTEND(cppcoreguidelines-avoid-reference-coroutine-parameters)

} // namespace relay::rpc
