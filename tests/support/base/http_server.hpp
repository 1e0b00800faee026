#pragma once
// A small HTTP server on a port of the system's choice, on the test's own io_context.

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::test {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

/// Answers what the test says; counts its connections. REQUIRES: stopped before it dies.
class HttpServer {
  public:
    using Request = http::request<http::string_body>;
    using Response = http::response<http::string_body>;

    explicit HttpServer(asio::io_context& io)
        : clock_(io.get_executor()),
          tasks_(clock_, [](std::string_view, const std::exception_ptr&) {}),
          acceptor_(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
        tasks_.spawn("accept", accept());
    }

    base::Task<void> stop() {
        tasks_.cancel();
        co_await tasks_.join();
    }

    std::string url() const {
        return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
    }

    /// Closes every connection that stands idle.
    void drop_connections() {
        for (auto* stream : streams_) {
            stream->socket().shutdown(tcp::socket::shutdown_both);
        }
    }

    /// Writes to every open connection, whatever it waits for.
    void write_unasked(std::string_view text) {
        for (auto* stream : streams_) {
            asio::write(stream->socket(), asio::buffer(text));
        }
    }

    std::function<Response(const Request&)> answer = [](const Request&) {
        return make_response("ok");
    };
    /// Before each answer.
    std::chrono::milliseconds delay{0};
    /// Nobody is answered before so many have asked.
    std::size_t crowd = 0;
    /// Send this in an answer's place, and close.
    std::string raw;
    /// Close after so many answers on a connection, without a word of it; 0: never.
    std::size_t answers_a_connection = 0;

    /// Read the next request, and close without an answer; once.
    bool hang_up_on_next = false;

    std::size_t connections = 0;
    std::size_t busy = 0;
    std::size_t most_busy = 0;
    std::vector<Request> requests;

    static Response make_response(std::string body, unsigned status = 200) {
        Response response(static_cast<http::status>(status), 11);
        response.body() = std::move(body);
        response.prepare_payload();
        return response;
    }

  private:
    base::Task<void> accept() {
        for (;;) {
            auto socket = co_await acceptor_.async_accept(asio::use_awaitable);
            ++connections;
            tasks_.spawn("serve", serve(std::move(socket)));
        }
    }

    base::Task<void> serve(tcp::socket socket) {
        boost::beast::tcp_stream stream(std::move(socket));
        struct Listing {
            std::vector<boost::beast::tcp_stream*>& list;
            boost::beast::tcp_stream* stream;
            ~Listing() { std::erase(list, stream); }
        };
        streams_.push_back(&stream);
        const Listing listing{streams_, &stream};
        boost::beast::flat_buffer buffer;
        std::size_t answered = 0;
        for (;;) {
            Request request;
            co_await http::async_read(stream, buffer, request, asio::use_awaitable);
            requests.push_back(request);
            most_busy = std::max(most_busy, ++busy);
            co_await base::sleep_for(delay);
            while (most_busy < crowd) {
                co_await base::sleep_for(std::chrono::milliseconds(1));
            }
            --busy;
            if (std::exchange(hang_up_on_next, false)) {
                co_return;
            }
            if (!raw.empty()) {
                co_await asio::async_write(stream.socket(), asio::buffer(raw), asio::use_awaitable);
                co_return;
            }
            const auto response = answer(request);
            co_await http::async_write(stream, response, asio::use_awaitable);
            if (!response.keep_alive() || ++answered == answers_a_connection) {
                co_return;
            }
        }
    }

    base::SteadyClock clock_;
    base::TaskGroup tasks_;
    tcp::acceptor acceptor_;
    std::vector<boost::beast::tcp_stream*> streams_;
};

} // namespace relay::test
