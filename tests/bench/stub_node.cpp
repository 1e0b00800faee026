// bench_node [CONFIRM_MS [AWAY_MS]]: a Solana node that takes every transaction and confirms it
// CONFIRM_MS (400) after it came. Each answer comes AWAY_MS (0) after its call, as from a node so
// far away; calls on one connection do not wait for one another. It prints its URL and serves until
// it is killed. Besides JSON-RPC it answers
//   GET /counts  calls by method, and how many signatures were asked for, as JSON
//   GET /sends   "NULLIFIER NANOSECONDS" of each withdraw's first send, by the machine's steady
//   clock

#include "bench/json_rpc.hpp"
#include "relay/base/encoding.hpp"

#include <array>
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
#include <deque>
#include <exception>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace relay::bench {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kSlot{400};
constexpr std::uint64_t kFirstSlot = 1'000;
constexpr std::uint64_t kBlockhashLife = 150;
constexpr std::string_view kGenesis = "\"EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG\"";

class Node {
  public:
    explicit Node(std::chrono::milliseconds confirm_after) : confirm_after_(confirm_after) {}

    std::string answer(std::string_view target, std::string_view body) {
        if (target == "/counts") {
            return counts();
        }
        return target == "/sends" ? sends() : call(body);
    }

  private:
    std::string call(std::string_view request) {
        const auto method = method_of(request);
        ++calls_[std::string(method)];
        if (method == "sendTransaction") {
            return send(request);
        }
        if (method == "getSignatureStatuses") {
            return statuses(request);
        }
        return make_answer(request, result_of(method));
    }

    std::string result_of(std::string_view method) const {
        if (method == "getEpochInfo") {
            return R"({"absoluteSlot":)" + std::to_string(slot()) + R"(,"blockHeight":)" +
                   std::to_string(slot()) + "}";
        }
        if (method == "getAgGenesisCert") {
            return R"({"slot":1})";
        }
        if (method == "getLatestBlockhash") {
            std::array<std::uint8_t, 32> hash{7};
            for (std::size_t index = 0; index < 8; ++index) {
                hash[24 + index] = static_cast<std::uint8_t>(slot() >> (8 * index));
            }
            return with_context(R"({"blockhash":")" + base::encode_base58(hash) +
                                R"(","lastValidBlockHeight":)" +
                                std::to_string(slot() + kBlockhashLife) + "}");
        }
        if (method == "getBalance") {
            return with_context("1000000000000");
        }
        return method == "getGenesisHash" ? std::string(kGenesis) : "null";
    }

    std::string send(std::string_view request) {
        auto sent = read_sent(request);
        sent_at_.try_emplace(sent.signature, Clock::now());
        if (!sent.nullifier.empty()) {
            first_sends_.try_emplace(std::move(sent.nullifier), Clock::now());
        }
        return make_answer(request, "\"" + sent.signature + "\"");
    }

    std::string statuses(std::string_view request) {
        std::string list;
        for (const auto signature : read_signatures(request)) {
            ++signatures_asked_;
            list.append(list.empty() ? "[" : ",");
            const auto found = sent_at_.find(std::string(signature));
            if (found == sent_at_.end()) {
                list.append("null");
                continue;
            }
            const bool confirmed = Clock::now() - found->second >= confirm_after_;
            list.append(R"({"confirmationStatus":")")
                .append(confirmed ? "finalized" : "processed")
                .append(R"(","confirmations":1,"err":null,"slot":)")
                .append(std::to_string(slot_at(found->second)))
                .append(R"(,"status":{"Ok":null}})");
        }
        list.append(list.empty() ? "[]" : "]");
        return make_answer(request, with_context(list));
    }

    std::string with_context(std::string_view value) const {
        return R"({"context":{"slot":)" + std::to_string(slot()) + R"(},"value":)" +
               std::string(value) + "}";
    }

    std::uint64_t slot() const { return slot_at(Clock::now()); }
    std::uint64_t slot_at(Clock::time_point when) const {
        return kFirstSlot + static_cast<std::uint64_t>((when - began_) / kSlot);
    }

    std::string counts() const {
        std::string text = R"({"signaturesAsked":)" + std::to_string(signatures_asked_);
        for (const auto& [method, count] : calls_) {
            text.append(",\"").append(method).append("\":").append(std::to_string(count));
        }
        return text + "}";
    }

    std::string sends() const {
        std::string text;
        for (const auto& [nullifier, when] : first_sends_) {
            text.append(nullifier).append(" ");
            text.append(std::to_string(when.time_since_epoch().count())).append("\n");
        }
        return text;
    }

    std::chrono::milliseconds confirm_after_;
    Clock::time_point began_ = Clock::now();
    std::map<std::string, std::uint64_t> calls_;
    std::uint64_t signatures_asked_ = 0;
    std::unordered_map<std::string, Clock::time_point> sent_at_;
    std::unordered_map<std::string, Clock::time_point> first_sends_;
};

/// A connection's answers on their way: each is written when it is due.
struct Line {
    struct Answer {
        Clock::time_point due;
        std::string text;
    };

    explicit Line(tcp::socket peer) : socket(std::move(peer)), due(socket.get_executor()) {}

    tcp::socket socket;
    asio::steady_timer due;
    std::deque<Answer> answers;
    bool writing = false;
};

/// Shared by its reader and its writer, whichever ends last.
using SharedLine = std::shared_ptr<Line>;

asio::awaitable<void> write_answers(SharedLine line) {
    try {
        while (!line->answers.empty()) {
            line->due.expires_at(line->answers.front().due);
            co_await line->due.async_wait(asio::use_awaitable);
            const auto text = std::move(line->answers.front().text);
            line->answers.pop_front();
            co_await asio::async_write(line->socket, asio::buffer(text), asio::use_awaitable);
        }
    } catch (const boost::system::system_error&) {
        // The relay has hung up.
    }
    line->writing = false;
}

void answer_later(const SharedLine& line, std::chrono::milliseconds away, std::string text) {
    line->answers.push_back({Clock::now() + away, std::move(text)});
    if (!line->writing) {
        line->writing = true;
        asio::co_spawn(line->socket.get_executor(), write_answers(line),
                       [](const std::exception_ptr&) {});
    }
}

asio::awaitable<void> serve(tcp::socket socket, Node* node, std::chrono::milliseconds away) {
    socket.set_option(tcp::no_delay(true));
    const auto line = std::make_shared<Line>(std::move(socket));
    boost::beast::flat_buffer buffer;
    std::string answers;
    try {
        for (;;) {
            http::request<http::string_body> request;
            co_await http::async_read(line->socket, buffer, request, asio::use_awaitable);
            const std::string_view target(request.target().data(), request.target().size());
            const auto body = node->answer(target, request.body());
            answers += "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                       std::to_string(body.size()) + "\r\n\r\n" + body;
            if (buffer.size() > 0) { // those that came together are answered together
                continue;
            }
            if (away == away.zero()) {
                co_await asio::async_write(line->socket, asio::buffer(answers),
                                           asio::use_awaitable);
            } else {
                answer_later(line, away, std::move(answers));
            }
            answers.clear();
        }
    } catch (const boost::system::system_error&) {
        // The relay has hung up.
    }
}

asio::awaitable<void> listen(tcp::acceptor* acceptor, Node* node, std::chrono::milliseconds away) {
    for (;;) {
        auto socket = co_await acceptor->async_accept(asio::use_awaitable);
        const auto executor = acceptor->get_executor();
        asio::co_spawn(executor, serve(std::move(socket), node, away),
                       [](const std::exception_ptr&) {});
    }
}

} // namespace

} // namespace relay::bench

int main(int count, char** arguments) {
    using boost::asio::ip::tcp;
    const int confirm_ms = count > 1 ? std::stoi(arguments[1]) : 400;
    const std::chrono::milliseconds away(count > 2 ? std::stoi(arguments[2]) : 0);
    relay::bench::Node node{std::chrono::milliseconds(confirm_ms)};
    boost::asio::io_context io{1};
    tcp::acceptor acceptor(io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
    std::cout << "http://127.0.0.1:" << acceptor.local_endpoint().port() << std::endl;
    boost::asio::co_spawn(io, relay::bench::listen(&acceptor, &node, away),
                          [](const std::exception_ptr&) {});
    io.run();
}
