#include "relay/solana/http_client.hpp"

#include "relay/base/deadlines.hpp"
#include "relay/base/encoding.hpp"
#include "relay/base/error.hpp"
#include "relay/base/semaphore.hpp"
#include "relay/base/task.hpp"
#include "relay/base/url.hpp"

#include <algorithm>
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
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

namespace relay::solana {

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

base::Result<Url> Url::parse(std::string_view text) {
    Url url;
    if (text.starts_with("https://")) {
        url.tls = true;
        text.remove_prefix(8);
    } else if (text.starts_with("http://")) {
        text.remove_prefix(7);
    } else {
        return base::fail("an RPC URL must begin with http:// or https://");
    }
    if (std::ranges::any_of(text,
                            [](unsigned char c) { return c <= ' ' || c == 0x7f || c == '#'; })) {
        return base::fail("an RPC URL must hold no space, no control character and no #");
    }
    const auto path = std::min(text.find_first_of("/?"), text.size());
    url.target = text.substr(path);
    if (!url.target.starts_with('/')) {
        url.target.insert(0, "/");
    }
    const auto authority = base::split_url_authority(text.substr(0, path));
    if (!authority) {
        return base::fail("an RPC URL must have host or host:port, an IPv6 address in brackets");
    }
    url.credentials = authority->login;
    url.host = authority->host;
    url.port = authority->port;
    if (url.port.empty()) {
        url.port = url.tls ? "443" : "80";
    }
    if (!base::parse_port(url.port)) {
        return base::fail("an RPC URL's port must be a number from 1 to 65535");
    }
    return url;
}

std::string Url::authority() const {
    const bool is_ipv6 = host.find(':') != std::string::npos;
    return (is_ipv6 ? "[" + host + "]" : host) + ":" + port;
}

std::string Url::display() const {
    return (tls ? "https://" : "http://") + authority();
}

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
          places(io, bounds.in_flight),
          deadlines(io),
          head(make_head(url)) {
        if (url.tls) {
            tls.set_default_verify_paths();
            tls.set_verify_mode(asio::ssl::verify_peer);
        }
    }

    static std::string make_head(const Url& url);

    base::Task<std::optional<HttpReply>> exchange(std::string_view body);
    base::Task<HttpReply> exchange_on_new(std::string_view request);
    base::Task<HttpReply> exchange_on(Connection& connection, std::string_view request) const;
    void keep(std::unique_ptr<Connection> connection);
    template <class Stream>
    static base::Task<void> talk(Stream& stream, beast::flat_buffer& buffer,
                                 std::string_view request, Parser& parser);
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

/// Sends the request and feeds the parser until it has the reply.
template <class Stream>
base::Task<void> HttpClient::Implementation::talk(Stream& stream, beast::flat_buffer& buffer,
                                                  std::string_view request, Parser& parser) {
    co_await asio::async_write(stream, asio::buffer(request), asio::use_awaitable);
    error_code error;
    while (!parser.is_done()) {
        const auto count = co_await stream.async_read_some(
            buffer.prepare(kReadBytes), asio::redirect_error(asio::use_awaitable, error));
        buffer.commit(count);
        if (error == asio::error::eof && parser.got_some()) {
            error = {};
            parser.put_eof(error); // a reply without a length ends so
        } else if (!error) {
            buffer.consume(parser.put(buffer.data(), error));
            if (error == http::error::need_more) {
                error = {};
            }
        }
        if (error) {
            throw boost::system::system_error(error);
        }
    }
}

base::Task<HttpReply> HttpClient::Implementation::exchange_on(Connection& connection,
                                                              std::string_view request) const {
    connection.reusable = false;
    Parser parser;
    parser.body_limit(limits.body_bytes);
    parser.header_limit(16 * 1024);
    parser.eager(true);
    if (auto* stream = std::get_if<TlsStream>(&connection.stream)) {
        co_await talk(*stream, connection.buffer, request, parser);
    } else {
        co_await talk(std::get<PlainStream>(connection.stream), connection.buffer, request, parser);
    }
    auto response = parser.release();
    HttpReply reply;
    reply.status = response.result_int();
    reply.body = std::move(response.body());
    reply.retry_after = read_retry_after(response[http::field::retry_after]);
    connection.reusable = response.keep_alive();
    co_return reply;
}

void HttpClient::Implementation::keep(std::unique_ptr<Connection> connection) {
    if (connection->reusable) { // as many as the calls in flight at most
        idle.push_back(std::move(connection));
    }
}

base::Task<HttpReply> HttpClient::Implementation::exchange_on_new(std::string_view request) {
    auto connection = co_await connect();
    auto reply = co_await exchange_on(*connection, request);
    keep(std::move(connection));
    co_return reply;
}

/// Nothing where the time is up. On a kept connection all that can hang is one socket, which an
/// entry among the deadlines watches; a new one has more ways to.
base::Task<std::optional<HttpReply>> HttpClient::Implementation::exchange(std::string_view body) {
    const auto deadline = Clock::now() + limits.timeout;
    const auto permit = co_await places.acquire_within(deadlines, limits.timeout);
    if (!permit) {
        co_return std::nullopt;
    }
    auto request = head + std::to_string(body.size()) + "\r\n\r\n";
    request.append(body);
    if (!idle.empty()) {
        auto connection = std::move(idle.back());
        idle.pop_back();
        const auto close = [&socket = connection->socket()] {
            error_code ignored;
            socket.close(ignored);
        };
        const base::Deadlines::Guard limit(deadlines, deadline - Clock::now(), close);
        try {
            auto reply = co_await exchange_on(*connection, request);
            keep(std::move(connection));
            co_return reply;
        } catch (const boost::system::system_error& error) {
            if (!limit.expired() && !is_closed_by_peer(error.code())) {
                throw;
            }
        }
        if (limit.expired()) {
            co_return std::nullopt;
        }
    }
    co_return co_await base::with_timeout(exchange_on_new(request), deadline - Clock::now());
}

// NOLINTEND(cppcoreguidelines-avoid-reference-coroutine-parameters)

HttpClient::HttpClient(const asio::any_io_executor& executor, Url url, Limits limits)
    : implementation_(std::make_unique<Implementation>(executor, std::move(url), limits)) {}

HttpClient::~HttpClient() = default;

base::Task<base::Result<HttpReply>> HttpClient::post(std::string body) {
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    std::string failure;
    try {
        auto reply = co_await implementation_->exchange(body);
        if (reply) {
            co_return std::move(*reply);
        }
        failure = "no answer within the time limit";
    } catch (const boost::system::system_error& error) {
        if (cancellation.cancelled() != asio::cancellation_type::none) {
            throw;
        }
        failure = error.code().message();
    }
    co_return base::fail(implementation_->url.display() + ": " + failure);
}

} // namespace relay::solana
