#include "relay/http/server.hpp"

#include "counted.hpp"
#include "relay/base/deadlines.hpp"
#include "relay/base/http_reader.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/http/envelope.hpp"
#include "relay/http/message.hpp"
#include "relay/http/router.hpp"
#include "relay/observability/condition.hpp"
#include "relay/observability/logging.hpp"
#include "request_reading.hpp"
#include "response_text.hpp"
#include "session.hpp"
#include "stamps.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
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
#include <list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace relay::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using base::HttpReader;
using boost::system::error_code;
using Limit = base::Deadlines::Guard;

namespace {

/// A client sends its request as soon as it is connected.
constexpr std::chrono::milliseconds kRefusalTime{250};
/// So many clients beyond those that are served are told so at once; the others only see their
/// connection closed.
constexpr std::size_t kMostRefusals = 256;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

} // namespace

struct Server::Implementation {
    base::TaskGroup& connections;
    Settings settings;
    Router& router;
    tcp::acceptor acceptor;
    base::Deadlines deadlines;
    std::list<Session*> idle; // longest first
    std::size_t open = 0;
    std::size_t refusing = 0;
    bool stopping = false;
    Stamps stamps;
    observability::Condition not_accepted{
        {observability::log_error, "connections_not_accepted", "no connection can be accepted"},
        {"connections_accepted", "connections are accepted again"}};

    Implementation(base::TaskGroup& tasks, Settings chosen, Router& table)
        : connections(tasks),
          settings(std::move(chosen)),
          router(table),
          acceptor(tasks.executor()),
          deadlines(tasks.executor()) {}

    void listen();
    bool make_room();
    base::Task<void> serve(tcp::socket socket);
    base::Task<void> refuse(tcp::socket socket);
    base::Task<void> read_for_refusal(Session& session, Incoming& incoming);
    base::Task<void> serve_requests(Session& session);
    base::Task<bool> wait_for_request(Session& session);
    base::Task<bool> serve_one(Session& session);
    base::Task<Incoming> read(Session& session);
    base::Task<error_code> read_rest(Session& session, HttpReader& reader, Incoming& incoming);
    base::Task<void> write(Session& session, const Incoming& incoming, Response response);
    base::Task<void> write_last(Session& session, const Incoming& incoming, Response response);

    base::HttpLimits limits() const { return {settings.header_bytes, settings.body_bytes}; }
    void refuse_fault(HttpReader& reader, Incoming& incoming) const;
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
    error_code ignored;
    const auto peer = socket.remote_endpoint(ignored).address().to_string();
    socket.set_option(tcp::no_delay(true), ignored);
    const Counted counted(open);
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
        observability::log_debug("connection_ended", "connection ended",
                                 {{"reason", failure_reason}});
    }
}

base::Task<void> Server::Implementation::refuse(tcp::socket socket) {
    const Counted counted(refusing);
    Session session(std::move(socket), "");
    Incoming nothing;
    co_await read_for_refusal(session, nothing);
    auto answer =
        router.refuse(nothing.request, try_later(503, "too_many_connections",
                                                 "the relay serves as many connections as it may",
                                                 std::chrono::seconds(1)));
    co_await write_last(session, nothing, std::move(answer));
}

// Each is awaited at once by the session's own coroutine, whose frame holds the session.
// NOLINTBEGIN(cppcoreguidelines-avoid-reference-coroutine-parameters)

/// What the answer to a request that is not served depends on, where that comes at once.
base::Task<void> Server::Implementation::read_for_refusal(Session& session, Incoming& incoming) {
    const auto outcome = co_await base::within(
        base::sleep_for(kRefusalTime),
        session.socket.async_read_some(session.space(), asio::as_tuple(asio::use_awaitable)));
    HttpReader reader(HttpReader::Kind::Request, limits());
    if (outcome) {
        session.add(std::get<1>(*outcome));
        session.feed(reader);
    }
    read_origin_and_id(reader, incoming.request);
    if (incoming.request.request_id.empty()) {
        incoming.request.request_id = stamps.make_request_id();
    }
    incoming.request_id = incoming.request.request_id;
    incoming.is_head = reader.head_read() && reader.method() == "HEAD";
}

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
    if (!session.pending.empty()) {
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
        session.space(), asio::redirect_error(asio::use_awaitable, error));
    session.add(count);
    co_return !error;
}

/// Reads the request whose first bytes are pending. base::within leaves the socket open, so that
/// 408 can be said.
base::Task<Incoming> Server::Implementation::read(Session& session) {
    Incoming incoming;
    HttpReader reader(HttpReader::Kind::Request, limits());
    session.feed(reader);
    error_code error;
    if (!reader.done() && !reader.fault()) { // most requests come whole in one segment
        const auto outcome = co_await base::within(base::sleep_for(settings.request_timeout),
                                                   read_rest(session, reader, incoming));
        error = outcome.value_or(asio::error::timed_out);
    } else if (reader.done()) {
        incoming.refusal = read_head(reader, incoming.request);
    }
    refuse_fault(reader, incoming);
    if (error == asio::error::timed_out) {
        incoming.refusal =
            failure(408, "request_timeout", "the request did not arrive whole in time");
    }
    incoming.is_whole = reader.done();
    incoming.keep_alive = reader.done() && !incoming.refusal && reader.keeps_alive();
    incoming.is_http_1_0 = reader.is_http_1_0();
    incoming.request.method = reader.method();
    incoming.request.body = std::move(reader.body());
    incoming.request.peer = session.peer;
    if (!reader.head_read()) {
        read_origin_and_id(reader, incoming.request);
    }
    if (incoming.request.request_id.empty()) {
        incoming.request.request_id = stamps.make_request_id();
    }
    incoming.is_head = reader.method() == "HEAD";
    incoming.request_id = incoming.request.request_id;
    co_return incoming;
}

void Server::Implementation::refuse_fault(HttpReader& reader, Incoming& incoming) const {
    if (const auto& fault = reader.fault()) {
        if (reader.head_read()) {
            read_origin_and_id(reader, incoming.request);
            static_cast<void>(parse_target(reader.target(), incoming.request)); // for the metrics
        }
        incoming.refusal = answer_to(*fault, limits());
    }
}

/// Ends with the message, its first fault, its refusal, or the connection.
base::Task<error_code> Server::Implementation::read_rest(Session& session, HttpReader& reader,
                                                         Incoming& incoming) {
    error_code error;
    bool head_was_read = false;
    while (!reader.fault()) {
        if (reader.head_read() && !head_was_read) {
            head_was_read = true;
            incoming.refusal = read_head(reader, incoming.request);
            if (!incoming.refusal && expects_continue(reader)) {
                co_await asio::async_write(session.socket, asio::buffer(kContinue),
                                           asio::redirect_error(asio::use_awaitable, error));
            }
        }
        if (reader.done() || incoming.refusal || error) {
            break;
        }
        const auto count = co_await session.socket.async_read_some(
            session.space(), asio::redirect_error(asio::use_awaitable, error));
        session.add(count);
        session.feed(reader);
        if (error) {
            break;
        }
    }
    co_return error;
}

/// True where the connection goes on.
base::Task<bool> Server::Implementation::serve_one(Session& session) {
    auto incoming = co_await read(session);
    if (incoming.refusal) {
        auto refusal = router.refuse(incoming.request, std::move(*incoming.refusal));
        co_await write_last(session, incoming, std::move(refusal));
    }
    if (incoming.refusal || !incoming.is_whole) {
        co_return false;
    }
    incoming.request.connection = &session;
    auto response = co_await router.handle(std::move(incoming.request));
    incoming.keep_alive = incoming.keep_alive && !stopping;
    co_await write(session, incoming, std::move(response));
    error_code ignored;
    if (!incoming.keep_alive &&
        (!session.pending.empty() || session.socket.available(ignored) > 0)) {
        co_await discard_input(session, deadlines);
    }
    co_return incoming.keep_alive;
}

base::Task<void> Server::Implementation::write(Session& session, const Incoming& incoming,
                                               Response response) {
    const auto text = to_text(response, {.keep_alive = incoming.keep_alive,
                                         .is_head = incoming.is_head,
                                         .is_http_1_0 = incoming.is_http_1_0,
                                         .request_id = incoming.request_id,
                                         .date = stamps.date()});
    const Limit limit(deadlines, settings.write_timeout, [&session] { session.close(); });
    error_code error;
    co_await asio::async_write(session.socket, asio::buffer(text),
                               asio::redirect_error(asio::use_awaitable, error));
    if (error) {
        throw boost::system::system_error(limit.expired() ? error_code(asio::error::timed_out)
                                                          : error);
    }
}

/// Answers and closes, though the peer may still be sending.
base::Task<void> Server::Implementation::write_last(Session& session, const Incoming& incoming,
                                                    Response response) {
    co_await write(session, incoming, std::move(response));
    co_await discard_input(session, deadlines);
}

// NOLINTEND(cppcoreguidelines-avoid-reference-coroutine-parameters)

Server::Server(base::TaskGroup& connections, Settings settings, Router& router)
    : implementation_(std::make_unique<Implementation>(connections, std::move(settings), router)) {
    implementation_->listen();
}

Server::~Server() = default;

std::uint16_t Server::port() const {
    return implementation_->acceptor.local_endpoint().port();
}

std::size_t Server::connections() const {
    return implementation_->open;
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
            server.make_room();
            server.not_accepted.met(server.connections.clock().now(), error.message());
            co_await base::sleep_for(std::chrono::milliseconds(50));
            continue;
        }
        server.not_accepted.over(server.connections.clock().now());
        if (server.make_room()) {
            server.connections.spawn("http session", server.serve(std::move(socket)));
        } else if (server.refusing < kMostRefusals) {
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
