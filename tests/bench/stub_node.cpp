// bench_node [CONFIRM_MS]: a Solana node that takes every transaction and confirms it CONFIRM_MS
// (400) after it came. It prints its URL and serves until it is killed. Besides JSON-RPC it answers
//   GET /counts  calls by method, and how many signatures were asked for, as JSON
//   GET /sends   "NULLIFIER NANOSECONDS" of each withdraw's first send, by the machine's steady
//   clock

#include "bench/json_rpc.hpp"
#include "relay/base/encoding.hpp"

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <map>
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

asio::awaitable<void> serve(tcp::socket socket, Node* node) {
    socket.set_option(tcp::no_delay(true));
    boost::beast::flat_buffer buffer;
    std::string answers;
    try {
        for (;;) {
            http::request<http::string_body> request;
            co_await http::async_read(socket, buffer, request, asio::use_awaitable);
            const std::string_view target(request.target().data(), request.target().size());
            const auto body = node->answer(target, request.body());
            answers += "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                       std::to_string(body.size()) + "\r\n\r\n" + body;
            if (buffer.size() == 0) { // those that came together are answered together
                co_await asio::async_write(socket, asio::buffer(answers), asio::use_awaitable);
                answers.clear();
            }
        }
    } catch (const boost::system::system_error&) {
        // The relay has hung up.
    }
}

asio::awaitable<void> listen(tcp::acceptor* acceptor, Node* node) {
    for (;;) {
        auto socket = co_await acceptor->async_accept(asio::use_awaitable);
        const auto executor = acceptor->get_executor();
        asio::co_spawn(executor, serve(std::move(socket), node), [](const std::exception_ptr&) {});
    }
}

} // namespace

} // namespace relay::bench

int main(int count, char** arguments) {
    using boost::asio::ip::tcp;
    const int confirm_ms = count > 1 ? std::stoi(arguments[1]) : 400;
    relay::bench::Node node{std::chrono::milliseconds(confirm_ms)};
    boost::asio::io_context io{1};
    tcp::acceptor acceptor(io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
    std::cout << "http://127.0.0.1:" << acceptor.local_endpoint().port() << std::endl;
    boost::asio::co_spawn(io, relay::bench::listen(&acceptor, &node),
                          [](const std::exception_ptr&) {});
    io.run();
}
