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
#include <iterator>
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

/// Requests as they go over the wire, one after another, and the replies there are so far.
struct Requests {
    std::string text;
    std::vector<std::size_t> starts;
    std::vector<HttpReply> replies;
    /// What is unanswered was written to a connection that is no more.
    bool written_before = false;
    /// Why there will be no more replies, where one of them was none.
    std::string fault;

    bool all_answered() const { return replies.size() == starts.size(); }
    bool ended() const { return all_answered() || !fault.empty(); }
    std::string_view unanswered() const {
        return std::string_view(text).substr(starts[replies.size()]);
    }
};

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

    Requests make_requests(const std::vector<std::string>& bodies) const;
    base::Task<void> exchange(Requests& requests);
    base::Task<bool> exchange_on_new(Requests& requests);
    base::Task<void> exchange_on(Connection& connection, Requests& requests) const;
    std::unique_ptr<Connection> take_idle();
    void keep(std::unique_ptr<Connection> connection);
    template <class Stream>
    base::Task<void> talk(Stream& stream, Connection& connection, Requests& requests) const;
    template <class Stream>
    static base::Task<void> read(Stream& stream, Connection& connection, HttpReader& reader);
};

std::string HttpClient::Implementation::make_head(const Url& url) {
    std::string text = "POST " + url.target + " HTTP/1.1\r\nHost: " + url.host_header() +
                       "\r\nContent-Type: application/json\r\nUser-Agent: shield-relay\r\n";
    if (!url.credentials.empty()) {
        const std::span bytes(reinterpret_cast<const std::uint8_t*>(url.credentials.data()),
                              url.credentials.size());
        text.append("Authorization: Basic ").append(base::encode_base64(bytes)).append("\r\n");
    }
    return text + "Content-Length: ";
}

Requests HttpClient::Implementation::make_requests(const std::vector<std::string>& bodies) const {
    Requests requests;
    for (const auto& body : bodies) {
        requests.starts.push_back(requests.text.size());
        requests.text.append(head).append(std::to_string(body.size())).append("\r\n\r\n");
        requests.text.append(body);
    }
    return requests;
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

/// Writes all that is unanswered and reads the replies, until the last, or one that closes.
template <class Stream>
base::Task<void> HttpClient::Implementation::talk(Stream& stream, Connection& connection,
                                                  Requests& requests) const {
    connection.reusable = false;
    const bool perhaps_delivered = requests.written_before;
    error_code error;
    const auto written =
        co_await asio::async_write(stream, asio::buffer(requests.unanswered()),
                                   asio::redirect_error(asio::use_awaitable, error));
    requests.written_before = requests.written_before || written > 0;
    if (error) {
        throw boost::system::system_error(error);
    }
    bool stays = true;
    while (stays && !requests.all_answered()) {
        HttpReader reader(HttpReader::Kind::Reply, {kHeadBytes, limits.body_bytes, kFramingBytes});
        co_await read(stream, connection, reader);
        if (const auto& fault = reader.fault()) {
            requests.fault = std::string("the answer is no HTTP: ") + fault->reason;
            co_return;
        }
        stays = reader.keeps_alive() && !reader.ends_with_connection();
        requests.replies.push_back(to_reply(reader));
        requests.replies.back().perhaps_delivered_before = perhaps_delivered;
    }
    // Bytes after the last reply are nobody's: the next request would take them for its own.
    connection.reusable = stays && connection.pending.empty();
    connection.used_at = Connection::Clock::now();
}

base::Task<void> HttpClient::Implementation::exchange_on(Connection& connection,
                                                         Requests& requests) const {
    if (auto* stream = std::get_if<Connection::Tls>(&connection.stream)) {
        return talk(*stream, connection, requests);
    }
    return talk(std::get<Connection::Plain>(connection.stream), connection, requests);
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

/// True, when all are answered: each turn brings a reply, or throws.
base::Task<bool> HttpClient::Implementation::exchange_on_new(Requests& requests) {
    while (!requests.ended()) {
        auto connection = co_await connector.connect();
        co_await exchange_on(*connection, requests);
        keep(std::move(connection));
    }
    co_return true;
}

/// Returns without all replies where the time is up. On a kept connection all that can hang is one
/// socket, which an entry among the deadlines watches; a new one has more ways to.
base::Task<void> HttpClient::Implementation::exchange(Requests& requests) {
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
            co_await exchange_on(*connection, requests);
            keep(std::move(connection));
        } catch (const boost::system::system_error& error) {
            // It broke, or nobody acknowledges what is sent: what it may have carried is asked
            // anew.
            if (error.code() == asio::error::operation_aborted && !limit.expired()) {
                throw;
            }
        }
        if (requests.ended() || limit.expired()) {
            co_return;
        }
    }
    co_await base::with_timeout(exchange_on_new(requests), deadline - Clock::now());
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
    std::vector<std::string> bodies;
    bodies.push_back(std::move(body));
    auto replies = co_await post_all(std::move(bodies));
    co_return std::move(replies.front());
}

base::Task<std::vector<base::Result<HttpReply>>> HttpClient::post_all(
    std::vector<std::string> bodies) {
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    auto requests = implementation_->make_requests(bodies);
    std::string failure = "no answer within the time limit";
    try {
        co_await implementation_->exchange(requests);
    } catch (const boost::system::system_error& error) {
        if (cancellation.cancelled() != asio::cancellation_type::none) {
            throw;
        }
        failure = error.code().message();
    }
    if (!requests.fault.empty()) {
        failure = requests.fault;
    }
    std::vector<base::Result<HttpReply>> replies(std::make_move_iterator(requests.replies.begin()),
                                                 std::make_move_iterator(requests.replies.end()));
    const auto none = base::fail(implementation_->url.display() + ": " + failure);
    replies.resize(bodies.size(), none);
    co_return replies;
}

} // namespace relay::rpc
