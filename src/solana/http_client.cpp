#include "relay/solana/http_client.hpp"

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
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/system/system_error.hpp>
#include <charconv>
#include <chrono>
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

using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

struct Connection {
    std::variant<PlainStream, TlsStream> stream;
    beast::flat_buffer buffer;

    template <class... Arguments>
    explicit Connection(Arguments&&... arguments) : stream(std::forward<Arguments>(arguments)...) {}

    beast::tcp_stream& lowest() {
        return std::visit([](auto& layer) -> auto& { return beast::get_lowest_layer(layer); },
                          stream);
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
    asio::ssl::context tls{asio::ssl::context::tls_client};
    std::vector<std::unique_ptr<Connection>> idle;

    Implementation(const asio::any_io_executor& io, Url address, Limits bounds)
        : executor(io), url(std::move(address)), limits(bounds), places(io, bounds.in_flight) {
        if (url.tls) {
            tls.set_default_verify_paths();
            tls.set_verify_mode(asio::ssl::verify_peer);
        }
    }

    base::Task<HttpReply> exchange(std::string body);
    /// Keeps the connection for the next call where both sides leave it open.
    base::Task<HttpReply> exchange_on(std::unique_ptr<Connection> connection,
                                      std::string_view body);
    base::Task<std::unique_ptr<Connection>> connect();
    base::Task<tcp::resolver::results_type> resolve();
    http::request<http::span_body<const char>> make_request(std::string_view body) const;
};

base::Task<tcp::resolver::results_type> HttpClient::Implementation::resolve() {
    // A numeric host needs no resolver, whose look-ups cannot be cancelled.
    boost::system::error_code error;
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
                                                         beast::tcp_stream(executor), tls)
                          : std::make_unique<Connection>(std::in_place_type<PlainStream>, executor);
    co_await connection->lowest().async_connect(endpoints, asio::use_awaitable);
    connection->lowest().socket().set_option(tcp::no_delay(true));
    if (auto* stream = std::get_if<TlsStream>(&connection->stream)) {
        stream->set_verify_callback(asio::ssl::host_name_verification(url.host));
        SSL_set_tlsext_host_name(stream->native_handle(), url.host.c_str());
        co_await stream->async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
    }
    co_return connection;
}

http::request<http::span_body<const char>> HttpClient::Implementation::make_request(
    std::string_view body) const {
    http::request<http::span_body<const char>> request(http::verb::post, url.target, 11);
    request.set(http::field::host, url.authority());
    request.set(http::field::content_type, "application/json");
    request.set(http::field::user_agent, "shield-relay");
    if (!url.credentials.empty()) {
        const std::span bytes(reinterpret_cast<const std::uint8_t*>(url.credentials.data()),
                              url.credentials.size());
        request.set(http::field::authorization, "Basic " + base::encode_base64(bytes));
    }
    request.body() = boost::beast::span<const char>(body.data(), body.size());
    request.prepare_payload();
    return request;
}

base::Task<HttpReply> HttpClient::Implementation::exchange_on(
    std::unique_ptr<Connection> connection, std::string_view body) {
    const auto request = make_request(body);
    http::response_parser<http::string_body> parser;
    parser.body_limit(limits.body_bytes);
    parser.header_limit(16 * 1024);
    if (auto* stream = std::get_if<TlsStream>(&connection->stream)) {
        co_await http::async_write(*stream, request, asio::use_awaitable);
        co_await http::async_read(*stream, connection->buffer, parser, asio::use_awaitable);
    } else {
        auto& plain = std::get<PlainStream>(connection->stream);
        co_await http::async_write(plain, request, asio::use_awaitable);
        co_await http::async_read(plain, connection->buffer, parser, asio::use_awaitable);
    }
    auto response = parser.release();
    HttpReply reply;
    reply.status = response.result_int();
    reply.body = std::move(response.body());
    reply.retry_after = read_retry_after(response[http::field::retry_after]);
    if (response.keep_alive()) { // as many as the calls in flight at most
        idle.push_back(std::move(connection));
    }
    co_return reply;
}

base::Task<HttpReply> HttpClient::Implementation::exchange(std::string body) {
    const auto permit = co_await places.acquire();
    if (!idle.empty()) {
        auto connection = std::move(idle.back());
        idle.pop_back();
        try {
            co_return co_await exchange_on(std::move(connection), body);
        } catch (const boost::system::system_error& error) {
            if (!is_closed_by_peer(error.code())) {
                throw;
            }
        }
    }
    auto connection = co_await connect();
    co_return co_await exchange_on(std::move(connection), body);
}

HttpClient::HttpClient(const asio::any_io_executor& executor, Url url, Limits limits)
    : implementation_(std::make_unique<Implementation>(executor, std::move(url), limits)) {}

HttpClient::~HttpClient() = default;

base::Task<base::Result<HttpReply>> HttpClient::post(std::string body) {
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    std::string failure;
    try {
        auto reply = co_await base::with_timeout(implementation_->exchange(std::move(body)),
                                                 implementation_->limits.timeout);
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
