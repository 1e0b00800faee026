// bench_load: requests over keep-alive connections, each connection sending its next one when the
// last is answered; or at a fixed rate, where an answer's time counts from when its request was
// due. What is sent is made before the clock starts. Prints one line of JSON.

#include "bench/bodies.hpp"
#include "bench/load_report.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <fstream>
#include <iostream>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace relay::bench {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using Clock = LoadReport::Clock;

struct Options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
    std::string get; // the path to get; empty: withdraws are posted
    std::size_t count = 1'000;
    std::size_t connections = 64;
    std::size_t outputs = 2;
    double rate = 0; // a second; 0: as fast as they are answered
    std::uint64_t seed = std::random_device{}();
    std::string times; // file for "NULLIFIER SENT ANSWERED", steady-clock nanoseconds
};

struct Timing {
    Clock::time_point sent{};
    Clock::time_point answered{};
};

class Load {
  public:
    explicit Load(Options options)
        : options_(std::move(options)), timings_(options_.count), next_(0) {
        const std::string host = options_.host + ":" + std::to_string(options_.port);
        if (!options_.get.empty()) {
            requests_.assign(1, "GET " + options_.get + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
            return;
        }
        for (auto& body : make_bodies(options_.count, options_.outputs, options_.seed)) {
            requests_.push_back("POST /withdraw HTTP/1.1\r\nHost: " + host +
                                "\r\nContent-Type: application/json\r\nContent-Length: " +
                                std::to_string(body.json.size()) + "\r\n\r\n" + body.json);
            nullifiers_.push_back(std::move(body.nullifier));
        }
    }

    void run() {
        asio::io_context io{1};
        std::vector<tcp::socket> sockets;
        const tcp::endpoint address(asio::ip::make_address(options_.host), options_.port);
        for (std::size_t index = 0; index < options_.connections; ++index) {
            sockets.emplace_back(io).connect(address);
            sockets.back().set_option(tcp::no_delay(true));
        }
        report_.latencies.reserve(options_.count);
        report_.first = Clock::now();
        for (auto& socket : sockets) {
            asio::co_spawn(io, send_all(std::move(socket)), [](const std::exception_ptr& failure) {
                if (failure) {
                    std::rethrow_exception(failure);
                }
            });
        }
        io.run();
        report_.last = Clock::now();
        write_times();
    }

    const LoadReport& report() const { return report_; }

  private:
    asio::awaitable<void> send_all(tcp::socket socket) {
        boost::beast::flat_buffer buffer;
        while (next_ < options_.count) {
            const auto index = next_++;
            auto due = Clock::now();
            if (options_.rate > 0) {
                due = due_at(index);
                asio::steady_timer timer(socket.get_executor(), due);
                co_await timer.async_wait(asio::use_awaitable);
            }
            timings_[index].sent = due;
            unsigned status = 0;
            try {
                const auto& request = requests_[index % requests_.size()];
                co_await asio::async_write(socket, asio::buffer(request), asio::use_awaitable);
                http::response<http::string_body> answer;
                co_await http::async_read(socket, buffer, answer, asio::use_awaitable);
                status = answer.result_int();
            } catch (const boost::system::system_error&) {
                ++report_.broken;
            }
            if (status == 0) {
                co_return;
            }
            timings_[index].answered = Clock::now();
            report_.latencies.push_back(timings_[index].answered - due);
            ++report_.statuses[status];
        }
    }

    Clock::time_point due_at(std::size_t index) const {
        const std::chrono::duration<double> after(static_cast<double>(index) / options_.rate);
        return report_.first + std::chrono::duration_cast<Clock::duration>(after);
    }

    void write_times() const {
        if (options_.times.empty()) {
            return;
        }
        std::ofstream file(options_.times);
        for (std::size_t index = 0; index < nullifiers_.size(); ++index) {
            file << nullifiers_[index] << ' ' << timings_[index].sent.time_since_epoch().count()
                 << ' ' << timings_[index].answered.time_since_epoch().count() << '\n';
        }
    }

    Options options_;
    std::vector<std::string> requests_;
    std::vector<std::string> nullifiers_;
    std::vector<Timing> timings_;
    std::size_t next_;
    LoadReport report_;
};

} // namespace

} // namespace relay::bench

int main(int count, char** arguments) {
    relay::bench::Options options;
    CLI::App app{"Puts load on a relay"};
    app.add_option("--port", options.port)->required();
    app.add_option("--get", options.get);
    app.add_option("--count", options.count);
    app.add_option("--connections", options.connections);
    app.add_option("--outputs", options.outputs);
    app.add_option("--rate", options.rate);
    app.add_option("--seed", options.seed);
    app.add_option("--times", options.times);
    CLI11_PARSE(app, count, arguments);
    relay::bench::Load load(std::move(options));
    load.run();
    std::cout << load.report().to_json() << '\n';
}
