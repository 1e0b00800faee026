#include "relay/http/server.hpp"

#include "relay/base/deadlines.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/http/envelope.hpp"
#include "relay/http/message.hpp"
#include "relay/http/router.hpp"
#include "relay/observability/logging.hpp"
#include "response_text.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace relay::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using Parser = beast::http::request_parser<beast::http::string_body>;
using Limit = base::Deadlines::Guard;

namespace {

constexpr std::size_t kReadBytes = 4096;
constexpr std::size_t kMostDiscarded = 256UL * 1024;
constexpr std::chrono::seconds kDiscardTime{1};

/// The answer to a request that could not be read, or nothing where there is nobody to answer.
std::optional<Response> answer_to(const error_code& error, const Server::Settings& settings) {
    using Fault = beast::http::error;
    if (error == beast::error::timeout) {
        return failure(408, "request_timeout", "the request did not arrive whole in time");
    }
    if (error == Fault::body_limit) {
        return failure(
            413, "body_too_large",
            "the body may have at most " + std::to_string(settings.body_bytes) + " bytes");
    }
    if (error == Fault::header_limit || error == Fault::buffer_overflow) {
        return failure(
            431, "headers_too_large",
            "the head may have at most " + std::to_string(settings.header_bytes) + " bytes");
    }
    if (error == Fault::end_of_stream || error == Fault::partial_message ||
        error.category() != beast::http::make_error_code(Fault::bad_method).category()) {
        return std::nullopt;
    }
    return failure(400, "invalid_http", "this is no HTTP/1.1 request: " + error.message());
}

Request to_request(Parser& parser, const std::string& peer) {
    auto message = parser.release();
    Request request;
    request.method = message.method_string();
    request.body = std::move(message.body());
    request.content_type = message[beast::http::field::content_type];
    request.origin = message[beast::http::field::origin];
    request.authorization = message[beast::http::field::authorization];
    request.peer = peer;
    return request;
}

bool needs_length(const Parser& parser) {
    const auto method = parser.get().method();
    return (method == beast::http::verb::post || method == beast::http::verb::put) &&
           !parser.content_length() && !parser.chunked();
}

struct Session {
    tcp::socket socket;
    beast::flat_buffer buffer;
    std::string peer;
    /// Stands in the list of idle sessions.
    std::optional<std::list<Session*>::iterator> idle_entry;

    Session(tcp::socket connected, std::string address)
        : socket(std::move(connected)), peer(std::move(address)) {}

    void close() {
        error_code ignored;
        socket.close(ignored);
    }
};

} // namespace

struct Server::Implementation {
    base::TaskGroup& connections;
    Settings settings;
    const Router& router;
    tcp::acceptor acceptor;
    base::Deadlines deadlines;
    std::list<Session*> idle; // longest first
    std::size_t open = 0;
    bool stopping = false;

    Implementation(base::TaskGroup& tasks, Settings chosen, const Router& table)
        : connections(tasks),
          settings(std::move(chosen)),
          router(table),
          acceptor(tasks.executor()),
          deadlines(tasks.executor()) {}

    void listen();
    bool make_room();
    base::Task<void> serve(tcp::socket socket);
    base::Task<void> refuse(tcp::socket socket);
    base::Task<void> serve_requests(Session& session);
    base::Task<bool> wait_for_request(Session& session);
    base::Task<bool> serve_one(Session& session);
    base::Task<error_code> read(Session& session, Parser& parser);
    base::Task<error_code> read_rest(Session& session, Parser& parser);
    base::Task<void> write(Session& session, Response response, bool keep_alive, bool is_head);
    base::Task<void> write_last(Session& session, Response response);
};

void Server::Implementation::listen() {
    error_code error;
    const auto address = asio::ip::make_address(settings.host, error);
    if (error) {
        throw std::runtime_error("cannot listen on " + settings.host +
                                 ": it must be a numeric address such as 127.0.0.1 or 0.0.0.0");
    }
    const tcp::endpoint endpoint(address, settings.port);
    try {
        acceptor.open(endpoint.protocol());
        acceptor.set_option(tcp::acceptor::reuse_address(true));
        acceptor.bind(endpoint);
        acceptor.listen(asio::socket_base::max_listen_connections);
    } catch (const boost::system::system_error& failure) {
        throw std::runtime_error("cannot listen on " + settings.host + ":" +
                                 std::to_string(settings.port) + ": " + failure.code().message());
    }
}

bool Server::Implementation::make_room() {
    if (open < settings.max_connections) {
        return true;
    }
    if (idle.empty()) {
        return false;
    }
    Session* oldest = idle.front();
    idle.pop_front();
    oldest->idle_entry.reset();
    oldest->close(); // its read ends with an error, and its coroutine with it
    return true;
}

base::Task<void> Server::Implementation::serve(tcp::socket socket) {
    struct Count {
        std::size_t& open;
        explicit Count(std::size_t& counter) : open(counter) { ++open; }
        ~Count() { --open; }
        Count(const Count&) = delete;
        Count& operator=(const Count&) = delete;
    };
    error_code ignored;
    const auto peer = socket.remote_endpoint(ignored).address().to_string();
    socket.set_option(tcp::no_delay(true), ignored);
    const Count count(open);
    Session session(std::move(socket), peer);
    std::string failure_reason;
    try {
        co_await serve_requests(session);
    } catch (const boost::system::system_error& error) {
        if (error.code() == asio::error::operation_aborted) {
            throw;
        }
        failure_reason = error.code().message(); // the peer went away: its business
    }
    if (!failure_reason.empty()) {
        observability::log_debug("connection ended", {{"reason", failure_reason}});
    }
}

base::Task<void> Server::Implementation::refuse(tcp::socket socket) {
    Session session(std::move(socket), "");
    co_await write_last(session, try_later(503, "too_many_connections",
                                           "the relay serves as many connections as it may",
                                           std::chrono::seconds(1)));
}

// Each is awaited at once by the session's own coroutine, whose frame holds the session.
// NOLINTBEGIN(cppcoreguidelines-avoid-reference-coroutine-parameters)

base::Task<void> Server::Implementation::serve_requests(Session& session) {
    bool goes_on = true;
    while (goes_on && !stopping) {
        goes_on = co_await wait_for_request(session);
        if (goes_on) {
            goes_on = co_await serve_one(session);
        }
    }
    error_code ignored;
    session.socket.shutdown(tcp::socket::shutdown_both, ignored);
}

/// Waits for a request's first byte; false where the connection ends without one.
base::Task<bool> Server::Implementation::wait_for_request(Session& session) {
    if (session.buffer.size() > 0) {
        co_return true;
    }
    struct Idle {
        std::list<Session*>& list;
        Session& session;
        Idle(std::list<Session*>& idle_list, Session& idler) : list(idle_list), session(idler) {
            session.idle_entry = list.insert(list.end(), &session);
        }
        ~Idle() {
            if (session.idle_entry) {
                list.erase(*session.idle_entry);
                session.idle_entry.reset();
            }
        }
        Idle(const Idle&) = delete;
        Idle& operator=(const Idle&) = delete;
    };
    const Idle idling(idle, session);
    const Limit limit(deadlines, settings.idle_timeout, [&session] { session.close(); });
    error_code error;
    const auto count = co_await session.socket.async_read_some(
        session.buffer.prepare(kReadBytes), asio::redirect_error(asio::use_awaitable, error));
    session.buffer.commit(count);
    co_return !error;
}

/// Reads the request whose first bytes are in the buffer. with_timeout leaves the socket open, so
/// that 408 can be said.
base::Task<error_code> Server::Implementation::read(Session& session, Parser& parser) {
    error_code error;
    session.buffer.consume(parser.put(session.buffer.data(), error));
    if (error == beast::http::error::need_more) {
        error = {};
    }
    if (error || parser.is_done()) { // most requests come whole in one segment
        co_return error;
    }
    const auto outcome =
        co_await base::with_timeout(read_rest(session, parser), settings.request_timeout);
    co_return outcome.value_or(beast::error::timeout);
}

base::Task<error_code> Server::Implementation::read_rest(Session& session, Parser& parser) {
    error_code error;
    co_await beast::http::async_read(session.socket, session.buffer, parser,
                                     asio::redirect_error(asio::use_awaitable, error));
    co_return error;
}

/// True where the connection goes on.
base::Task<bool> Server::Implementation::serve_one(Session& session) {
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(settings.header_bytes));
    parser.body_limit(settings.body_bytes);
    parser.eager(true);
    const auto error = co_await read(session, parser);
    if (error) {
        if (auto answer = answer_to(error, settings)) {
            co_await write_last(session, std::move(*answer));
        }
        co_return false;
    }
    if (needs_length(parser)) {
        co_await write_last(session,
                            failure(411, "length_required", "the request must say its length"));
        co_return false;
    }
    const bool wants_more = parser.get().keep_alive();
    const std::string target(parser.get().target());
    auto request = to_request(parser, session.peer);
    const bool is_head = request.method == "HEAD";
    Response response;
    if (parse_target(target, request)) {
        response = co_await router.handle(std::move(request));
    } else {
        response = failure(400, "invalid_http", "the request's target is malformed");
    }
    const bool keep_alive = wants_more && !stopping;
    co_await write(session, std::move(response), keep_alive, is_head);
    co_return keep_alive;
}

base::Task<void> Server::Implementation::write(Session& session, Response response, bool keep_alive,
                                               bool is_head) {
    const auto text = to_text(response, keep_alive, is_head);
    const Limit limit(deadlines, settings.write_timeout, [&session] { session.close(); });
    error_code error;
    co_await asio::async_write(session.socket, asio::buffer(text),
                               asio::redirect_error(asio::use_awaitable, error));
    if (error) {
        throw boost::system::system_error(limit.expired() ? error_code(beast::error::timeout)
                                                          : error);
    }
}

/// Answers and closes, though the peer may still be sending: what it sends is read and dropped for
/// a moment, since closing over unread bytes would reset the connection and lose the answer.
base::Task<void> Server::Implementation::write_last(Session& session, Response response) {
    co_await write(session, std::move(response), /*keep_alive=*/false, /*is_head=*/false);
    error_code error;
    session.socket.shutdown(tcp::socket::shutdown_send, error);
    const Limit limit(deadlines, kDiscardTime, [&session] { session.close(); });
    session.buffer.clear();
    for (std::size_t discarded = 0; !error && discarded < kMostDiscarded;) {
        discarded += co_await session.socket.async_read_some(
            session.buffer.prepare(kReadBytes), asio::redirect_error(asio::use_awaitable, error));
    }
}

// NOLINTEND(cppcoreguidelines-avoid-reference-coroutine-parameters)

Server::Server(base::TaskGroup& connections, Settings settings, const Router& router)
    : implementation_(std::make_unique<Implementation>(connections, std::move(settings), router)) {
    implementation_->listen();
}

Server::~Server() = default;

std::uint16_t Server::port() const {
    return implementation_->acceptor.local_endpoint().port();
}

base::Task<void> Server::run() {
    auto& server = *implementation_;
    while (!server.stopping) {
        error_code error;
        auto socket =
            co_await server.acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
        if (server.stopping) {
            break;
        }
        if (error) { // out of descriptors, most likely: a moment later there may be some
            if (server.make_room()) {
                observability::log_warn("cannot accept a connection",
                                        {{"reason", error.message()}});
            }
            co_await base::sleep_for(std::chrono::milliseconds(50));
            continue;
        }
        if (server.make_room()) {
            server.connections.spawn("http session", server.serve(std::move(socket)));
        } else {
            server.connections.spawn("http refusal", server.refuse(std::move(socket)));
        }
    }
}

void Server::stop() {
    auto& server = *implementation_;
    server.stopping = true;
    error_code ignored;
    server.acceptor.close(ignored);
    for (Session* session : server.idle) {
        session->socket.cancel(ignored);
    }
}

} // namespace relay::http
