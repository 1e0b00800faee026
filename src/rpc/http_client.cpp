#include "relay/rpc/http_client.hpp"

#include "relay/base/deadlines.hpp"
#include "relay/base/encoding.hpp"
#include "relay/base/error.hpp"
#include "relay/base/semaphore.hpp"
#include "relay/base/task.hpp"
#include "relay/base/url.hpp"
#include "relay/rpc/url.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/system/system_error.hpp>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

namespace relay::rpc {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

namespace {

using PlainStream = tcp::socket;
using TlsStream = asio::ssl::stream<tcp::socket>;
using boost::system::error_code;
using Parser = http::response_parser<http::string_body>;
using Clock = base::Deadlines::Clock;

constexpr std::size_t kReadBytes = 8UL * 1024;

struct Connection {
    std::variant<PlainStream, TlsStream> stream;
    beast::flat_buffer buffer;
    /// Both sides leave it open after the last reply.
    bool reusable = false;

    template <class... Arguments>
    explicit Connection(Arguments&&... arguments) : stream(std::forward<Arguments>(arguments)...) {}

    tcp::socket& socket() {
        auto* tls = std::get_if<TlsStream>(&stream);
        return tls != nullptr ? tls->next_layer() : std::get<PlainStream>(stream);
    }
};

/// Requests as they go over the wire, one after another, and the replies there are so far.
struct Requests {
    std::string text;
    std::vector<std::size_t> starts;
    std::vector<HttpReply> replies;

    bool all_answered() const { return replies.size() == starts.size(); }
    std::string_view unanswered() const {
        return std::string_view(text).substr(starts[replies.size()]);
    }
};

std::optional<std::chrono::seconds> read_retry_after(std::string_view text) {
    std::uint32_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt; // the HTTP-date form is not used by RPC providers
    }
    return std::chrono::seconds(seconds);
}

bool is_closed_by_peer(const boost::system::error_code& error) {
    return error == http::error::end_of_stream || error == asio::error::connection_reset ||
           error == asio::error::broken_pipe || error == asio::error::eof ||
           error == asio::ssl::error::stream_truncated;
}

} // namespace

struct HttpClient::Implementation {
    asio::any_io_executor executor;
    Url url;
    Limits limits;
    base::Semaphore places;
    base::Deadlines deadlines;
    asio::ssl::context tls{asio::ssl::context::tls_client};
    /// All of a request's head but its length.
    std::string head;
    std::vector<std::unique_ptr<Connection>> idle;

    Implementation(const asio::any_io_executor& io, Url address, Limits bounds)
        : executor(io),
          url(std::move(address)),
          limits(bounds),
          places(io, bounds.connections),
          deadlines(io),
          head(make_head(url)) {
        if (url.tls) {
            tls.set_default_verify_paths();
            tls.set_verify_mode(asio::ssl::verify_peer);
        }
    }

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
    static base::Task<void> read(Stream& stream, beast::flat_buffer& buffer, Parser& parser);
    base::Task<std::unique_ptr<Connection>> connect();
    base::Task<tcp::resolver::results_type> resolve();
};

std::string HttpClient::Implementation::make_head(const Url& url) {
    std::string text = "POST " + url.target + " HTTP/1.1\r\nHost: " + url.authority() +
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

base::Task<tcp::resolver::results_type> HttpClient::Implementation::resolve() {
    // A numeric host needs no resolver, whose look-ups cannot be cancelled.
    error_code error;
    const auto address = asio::ip::make_address(url.host, error);
    if (!error) {
        const tcp::endpoint endpoint(address, base::parse_port(url.port).value_or(0));
        co_return tcp::resolver::results_type::create(endpoint, url.host, url.port);
    }
    tcp::resolver resolver(executor);
    co_return co_await resolver.async_resolve(url.host, url.port, asio::use_awaitable);
}

base::Task<std::unique_ptr<Connection>> HttpClient::Implementation::connect() {
    const auto endpoints = co_await resolve();
    auto connection = url.tls
                          ? std::make_unique<Connection>(std::in_place_type<TlsStream>,
                                                         tcp::socket(executor), tls)
                          : std::make_unique<Connection>(std::in_place_type<PlainStream>, executor);
    co_await asio::async_connect(connection->socket(), endpoints, asio::use_awaitable);
    connection->socket().set_option(tcp::no_delay(true));
    if (auto* stream = std::get_if<TlsStream>(&connection->stream)) {
        stream->set_verify_callback(asio::ssl::host_name_verification(url.host));
        SSL_set_tlsext_host_name(stream->native_handle(), url.host.c_str());
        co_await stream->async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
    }
    co_return connection;
}

// Each is awaited at once, by a frame that holds what it refers to.
// NOLINTBEGIN(cppcoreguidelines-avoid-reference-coroutine-parameters)

/// Feeds the parser until it has a reply; what follows that one stays in the buffer.
template <class Stream>
base::Task<void> HttpClient::Implementation::read(Stream& stream, beast::flat_buffer& buffer,
                                                  Parser& parser) {
    error_code error;
    for (;;) {
        if (buffer.size() > 0) {
            buffer.consume(parser.put(buffer.data(), error));
            if (error == http::error::need_more) {
                error = {};
            }
        }
        if (!error && !parser.is_done()) {
            const auto count = co_await stream.async_read_some(
                buffer.prepare(kReadBytes), asio::redirect_error(asio::use_awaitable, error));
            buffer.commit(count);
            if (error == asio::error::eof && parser.got_some()) {
                error = {};
                parser.put_eof(error); // a reply without a length ends so
            }
        }
        if (error) {
            throw boost::system::system_error(error);
        }
        if (parser.is_done()) {
            co_return;
        }
    }
}

/// Writes all that is unanswered and reads the replies, until the last, or one that closes.
template <class Stream>
base::Task<void> HttpClient::Implementation::talk(Stream& stream, Connection& connection,
                                                  Requests& requests) const {
    connection.reusable = false;
    co_await asio::async_write(stream, asio::buffer(requests.unanswered()), asio::use_awaitable);
    bool stays = true;
    while (stays && !requests.all_answered()) {
        Parser parser;
        parser.body_limit(limits.body_bytes);
        parser.header_limit(16 * 1024);
        parser.eager(true);
        co_await read(stream, connection.buffer, parser);
        auto response = parser.release();
        auto& reply = requests.replies.emplace_back();
        reply.status = response.result_int();
        reply.body = std::move(response.body());
        reply.retry_after = read_retry_after(response[http::field::retry_after]);
        stays = response.keep_alive();
    }
    // Bytes after the last reply are nobody's: the next request would take them for its own.
    connection.reusable = stays && connection.buffer.size() == 0;
}

base::Task<void> HttpClient::Implementation::exchange_on(Connection& connection,
                                                         Requests& requests) const {
    if (auto* stream = std::get_if<TlsStream>(&connection.stream)) {
        return talk(*stream, connection, requests);
    }
    return talk(std::get<PlainStream>(connection.stream), connection, requests);
}

std::unique_ptr<Connection> HttpClient::Implementation::take_idle() {
    while (!idle.empty()) {
        auto connection = std::move(idle.back());
        idle.pop_back();
        // Nothing is to come on an idle connection: it is out of step, or about to be closed.
        error_code error;
        if (connection->socket().available(error) == 0 && !error) {
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
    while (!requests.all_answered()) {
        auto connection = co_await connect();
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
            if (!limit.expired() && !is_closed_by_peer(error.code())) {
                throw;
            }
        }
        if (requests.all_answered() || limit.expired()) {
            co_return;
        }
    }
    co_await base::with_timeout(exchange_on_new(requests), deadline - Clock::now());
}

// NOLINTEND(cppcoreguidelines-avoid-reference-coroutine-parameters)

HttpClient::HttpClient(const asio::any_io_executor& executor, Url url, Limits limits)
    : implementation_(std::make_unique<Implementation>(executor, std::move(url), limits)) {}

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
    std::vector<base::Result<HttpReply>> replies(std::make_move_iterator(requests.replies.begin()),
                                                 std::make_move_iterator(requests.replies.end()));
    const auto none = base::fail(implementation_->url.display() + ": " + failure);
    replies.resize(bodies.size(), none);
    co_return replies;
}

} // namespace relay::rpc
