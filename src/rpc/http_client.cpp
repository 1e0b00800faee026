#include "relay/rpc/http_client.hpp"

#include "http_connection.hpp"
#include "http_reply.hpp"
#include "relay/base/deadlines.hpp"
#include "relay/base/encoding.hpp"
#include "relay/base/error.hpp"
#include "relay/base/http_reader.hpp"
#include "relay/base/resolver.hpp"
#include "relay/base/semaphore.hpp"
#include "relay/base/task.hpp"
#include "relay/rpc/url.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace relay::rpc {

namespace asio = boost::asio;
using base::HttpReader;
using boost::system::error_code;
using Clock = base::Deadlines::Clock;
using Connection = HttpConnection;

namespace {

constexpr std::size_t kHeadBytes = 16UL * 1024;
constexpr std::size_t kFramingBytes = 256UL * 1024;

/// A request as it goes over the wire, and what has come of it.
struct Exchange {
    std::string request;
    std::optional<HttpReply> reply;
    /// Some of it was written to a connection that is no more.
    bool written_before = false;
    /// Why there will be no reply, where what came was none.
    std::string fault;

    bool ended() const { return reply.has_value() || !fault.empty(); }
};

std::string basic_authorization(const Url& url) {
    const std::span bytes(reinterpret_cast<const std::uint8_t*>(url.credentials.data()),
                          url.credentials.size());
    return "Basic " + base::encode_base64(bytes);
}

} // namespace

struct HttpClient::Implementation {
    Url url;
    Limits limits;
    base::Semaphore places;
    base::Deadlines deadlines;
    HttpConnector connector;
    /// All of a request's head but its length.
    std::string head;
    std::vector<std::unique_ptr<Connection>> idle;

    Implementation(const asio::any_io_executor& io, Url address, Limits bounds,
                   base::Resolver::LookUp look_up)
        : url(std::move(address)),
          limits(bounds),
          places(io, bounds.connections),
          deadlines(io),
          connector(io, url, std::move(look_up)),
          head(make_head(url)) {}

    static std::string make_head(const Url& url);

    std::string make_request(const std::string& body) const;
    std::string make_request(const HttpRequest& request) const;
    base::Task<void> carry_out(Exchange& exchange);
    base::Task<bool> carry_out_on_new(Exchange& exchange);
    base::Task<void> carry_out_on(Connection& connection, Exchange& exchange) const;
    std::unique_ptr<Connection> take_idle();
    void keep(std::unique_ptr<Connection> connection);
    template <class Stream>
    base::Task<void> talk(Stream& stream, Connection& connection, Exchange& exchange) const;
    template <class Stream>
    static base::Task<void> read(Stream& stream, Connection& connection, HttpReader& reader);
};

std::string HttpClient::Implementation::make_head(const Url& url) {
    std::string text = "POST " + url.target + " HTTP/1.1\r\nHost: " + url.host_header() +
                       "\r\nContent-Type: application/json\r\nUser-Agent: shield-relay\r\n";
    if (!url.credentials.empty()) {
        text.append("Authorization: ").append(basic_authorization(url)).append("\r\n");
    }
    return text + "Content-Length: ";
}

std::string HttpClient::Implementation::make_request(const std::string& body) const {
    return head + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string HttpClient::Implementation::make_request(const HttpRequest& request) const {
    std::string text = std::string(request.method) + " " + request.target + " HTTP/1.1\r\nHost: " +
                       (request.host.empty() ? url.host_header() : request.host) +
                       "\r\nUser-Agent: shield-relay\r\n";
    auto authorization = request.authorization;
    if (authorization.empty() && !url.credentials.empty()) {
        authorization = basic_authorization(url);
    }
    if (!authorization.empty()) {
        text.append("Authorization: ").append(authorization).append("\r\n");
    }
    if (request.method == std::string_view("POST")) { // RFC 9110 8.6: also where it is empty
        text += "Content-Type: application/json\r\nContent-Length: " +
                std::to_string(request.body.size()) + "\r\n";
    }
    return text + "\r\n" + request.body;
}

// Each is awaited at once, by a frame that holds what it refers to.
// NOLINTBEGIN(cppcoreguidelines-avoid-reference-coroutine-parameters)

/// Feeds the reader until it has a reply or a fault; what follows the reply stays pending.
template <class Stream>
base::Task<void> HttpClient::Implementation::read(Stream& stream, Connection& connection,
                                                  HttpReader& reader) {
    error_code error;
    for (;;) {
        connection.pending.remove_prefix(reader.feed(connection.pending));
        if (reader.done() || reader.fault()) {
            co_return;
        }
        const auto count = co_await stream.async_read_some(
            asio::buffer(connection.unread), asio::redirect_error(asio::use_awaitable, error));
        connection.pending = std::string_view(connection.unread.data(), count);
        if (error == asio::error::eof && reader.ends_with_connection()) {
            reader.end(); // a reply without a length ends so
            co_return;
        }
        if (error) {
            throw boost::system::system_error(error);
        }
    }
}

template <class Stream>
base::Task<void> HttpClient::Implementation::talk(Stream& stream, Connection& connection,
                                                  Exchange& exchange) const {
    connection.reusable = false;
    const bool perhaps_delivered = exchange.written_before;
    error_code error;
    const auto written = co_await asio::async_write(
        stream, asio::buffer(exchange.request), asio::redirect_error(asio::use_awaitable, error));
    exchange.written_before = exchange.written_before || written > 0;
    if (error) {
        throw boost::system::system_error(error);
    }
    HttpReader reader(HttpReader::Kind::Reply, {kHeadBytes, limits.body_bytes, kFramingBytes});
    co_await read(stream, connection, reader);
    if (const auto& fault = reader.fault()) {
        exchange.fault = std::string("the answer is no HTTP: ") + fault->reason;
        co_return;
    }
    exchange.reply = to_reply(reader);
    exchange.reply->perhaps_delivered_before = perhaps_delivered;
    // Bytes after the reply are nobody's: the next request would take them for its own.
    connection.reusable =
        reader.keeps_alive() && !reader.ends_with_connection() && connection.pending.empty();
    connection.used_at = Connection::Clock::now();
}

base::Task<void> HttpClient::Implementation::carry_out_on(Connection& connection,
                                                          Exchange& exchange) const {
    if (auto* stream = std::get_if<Connection::Tls>(&connection.stream)) {
        return talk(*stream, connection, exchange);
    }
    return talk(std::get<Connection::Plain>(connection.stream), connection, exchange);
}

std::unique_ptr<Connection> HttpClient::Implementation::take_idle() {
    while (!idle.empty()) {
        auto connection = std::move(idle.back());
        idle.pop_back();
        if (connection->is_fit(Clock::now())) {
            return connection;
        }
    }
    return nullptr;
}

void HttpClient::Implementation::keep(std::unique_ptr<Connection> connection) {
    if (connection->reusable) { // as many as there are places at most
        idle.push_back(std::move(connection));
    }
}

/// True, when it has ended; or throws.
base::Task<bool> HttpClient::Implementation::carry_out_on_new(Exchange& exchange) {
    auto connection = co_await connector.connect();
    co_await carry_out_on(*connection, exchange);
    keep(std::move(connection));
    co_return true;
}

/// Returns without a reply where the time is up. On a kept connection all that can hang is one
/// socket, which an entry among the deadlines watches; a new one has more ways to.
base::Task<void> HttpClient::Implementation::carry_out(Exchange& exchange) {
    const auto deadline = Clock::now() + limits.timeout;
    const auto permit = co_await places.acquire_within(deadlines, limits.timeout);
    if (!permit) {
        co_return;
    }
    if (auto connection = take_idle()) {
        const auto close = [&socket = connection->socket()] {
            error_code ignored;
            socket.close(ignored);
        };
        const base::Deadlines::Guard limit(deadlines, deadline - Clock::now(), close);
        try {
            co_await carry_out_on(*connection, exchange);
            keep(std::move(connection));
        } catch (const boost::system::system_error& error) {
            // It broke, or nobody acknowledges what is sent: what it may have carried is asked
            // anew.
            if (error.code() == asio::error::operation_aborted && !limit.expired()) {
                throw;
            }
        }
        if (exchange.ended() || limit.expired()) {
            co_return;
        }
    }
    co_await base::within(base::sleep_for(deadline - Clock::now()), carry_out_on_new(exchange));
}

// NOLINTEND(cppcoreguidelines-avoid-reference-coroutine-parameters)

HttpClient::HttpClient(const asio::any_io_executor& executor, Url url, Limits limits)
    : HttpClient(executor, std::move(url), limits, base::Resolver::system_look_up) {}

HttpClient::HttpClient(const asio::any_io_executor& executor, Url url, Limits limits,
                       base::Resolver::LookUp look_up)
    : implementation_(
          std::make_unique<Implementation>(executor, std::move(url), limits, std::move(look_up))) {}

HttpClient::~HttpClient() = default;

base::Task<base::Result<HttpReply>> HttpClient::post(std::string body) {
    return exchange(implementation_->make_request(body));
}

base::Task<base::Result<HttpReply>> HttpClient::send(HttpRequest request) {
    return exchange(implementation_->make_request(request));
}

base::Task<base::Result<HttpReply>> HttpClient::exchange(std::string text) {
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    Exchange exchange;
    exchange.request = std::move(text);
    std::string failure = "no answer within the time limit";
    try {
        co_await implementation_->carry_out(exchange);
    } catch (const boost::system::system_error& error) {
        if (cancellation.cancelled() != asio::cancellation_type::none) {
            throw;
        }
        failure = error.code().message();
    }
    if (exchange.reply) {
        co_return std::move(*exchange.reply);
    }
    co_return base::fail(implementation_->url.display() + ": " +
                         (exchange.fault.empty() ? failure : exchange.fault));
}

} // namespace relay::rpc
