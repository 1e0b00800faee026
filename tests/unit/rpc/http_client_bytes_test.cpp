// The HTTP client towards servers that send odd or endless bytes, and names of several addresses.

#include "http_connection.hpp"
#include "relay/rpc/http_client.hpp"

#include "relay/base/error.hpp"
#include "relay/base/resolver.hpp"
#include "relay/base/task.hpp"
#include "support/base/http_server.hpp"
#include "support/base/run_task.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace relay::rpc {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using std::chrono::milliseconds;
using test::HttpServer;
using test::run_task;
using Request = HttpServer::Request;
using Addresses = base::Resolver::Addresses;
using Clock = std::chrono::steady_clock;

class HttpClientBytesTest : public testing::Test {
  protected:
    ~HttpClientBytesTest() override {
        client_.reset();
        run_task(io_, server_.stop());
    }

    void make_client(HttpClient::Limits limits = {}) {
        client_ = std::make_unique<HttpClient>(io_.get_executor(),
                                               Url::parse(server_.url()).value(), limits);
    }
    /// The server by a name that has these addresses.
    void make_named_client(const Addresses& addresses) {
        auto url = Url::parse(server_.url()).value();
        url.host = "node.test";
        client_ = std::make_unique<HttpClient>(
            io_.get_executor(), url, HttpClient::Limits{},
            [addresses](const std::string&) -> base::Result<Addresses> { return addresses; });
    }

    base::Result<HttpReply> post(std::string body = "{}") {
        return run_task(io_, client_->post(std::move(body)));
    }

    asio::io_context io_;
    HttpServer server_{io_};
    std::unique_ptr<HttpClient> client_;
};

TEST_F(HttpClientBytesTest, ReadsPastInterimReplies) {
    make_client();
    server_.raw =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
        "HTTP/1.1 503 Busy\r\nContent-Length: 2\r\nRetry-After: 3600\r\n\r\nno";
    const auto reply = post();
    ASSERT_TRUE(reply.has_value()) << reply.error().message;
    EXPECT_EQ(reply->status, 503U);
    EXPECT_EQ(reply->body, "no");
    EXPECT_EQ(reply->retry_after, std::chrono::hours(1));
}

TEST_F(HttpClientBytesTest, ReadsChunksAndTheirTrailers) {
    make_client();
    server_.raw =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        "2;a=b\r\nab\r\n1\r\nc\r\n0\r\nX: y\r\n\r\n";
    EXPECT_EQ(post().value().body, "abc");
}

TEST_F(HttpClientBytesTest, GivesUpOnWhatIsEndless) {
    make_client({.body_bytes = 1'000});
    const std::string head = "HTTP/1.1 200 OK\r\n";
    const std::string chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
    const std::string megabyte(1024UL * 1024, 'x');
    for (const auto& bytes : {
             head + "X: " + megabyte,
             head + "\r\n" + megabyte,
             chunked + "1;" + megabyte,
             chunked + "0\r\nX: " + megabyte,
             chunked + "0000" + std::string(1024UL * 1024, '0'),
         }) {
        server_.raw = bytes;
        const auto reply = post();
        ASSERT_FALSE(reply.has_value());
        EXPECT_NE(reply.error().message.find("the answer is no HTTP"), std::string::npos);
    }
}

TEST_F(HttpClientBytesTest, NamesItsHost) {
    struct Case {
        const char* url;
        const char* host;
    };
    for (const Case& known :
         {Case{"http://node:80/x", "node"}, Case{"https://node", "node"},
          Case{"https://node:80", "node:80"}, Case{"http://node:443", "node:443"},
          Case{"http://[::1]:80", "[::1]"}, Case{"http://[::1]:8899", "[::1]:8899"}}) {
        EXPECT_EQ(Url::parse(known.url).value().host_header(), known.host);
    }
}

TEST_F(HttpClientBytesTest, TellsWhereABodyWasPerhapsDeliveredBefore) {
    server_.answers_a_connection = 1;
    make_client();
    EXPECT_FALSE(post().value().perhaps_delivered_before);
    test::run_ready(io_);
    EXPECT_FALSE(post().value().perhaps_delivered_before); // seen to be closed before it was used

    server_.answers_a_connection = 0;
    EXPECT_FALSE(post().value().perhaps_delivered_before);
    server_.hang_up_on_next = true;
    EXPECT_TRUE(post().value().perhaps_delivered_before); // the kept one took it, and broke
}

TEST_F(HttpClientBytesTest, AReplyThatNobodyAskedForIsNobodys) {
    constexpr std::string_view kUnasked = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nunasked";
    make_client();
    server_.answer = [&](const Request& request) {
        if (request.body() == "a") {
            server_.write_unasked(kUnasked); // arrives before the true one
        }
        return HttpServer::make_response("to " + request.body());
    };
    EXPECT_EQ(post("a").value().body, "unasked"); // HTTP cannot tell; a call's id can
    EXPECT_EQ(post("b").value().body, "to b");    // but that connection is used no more
    EXPECT_EQ(server_.connections, 2U);
    server_.write_unasked(kUnasked); // on an idle connection
    test::run_ready(io_);
    EXPECT_EQ(post("c").value().body, "to c");
    EXPECT_EQ(server_.connections, 3U);
}

TEST_F(HttpClientBytesTest, GivesUpConnectionsThatIdledOrLivedLong) {
    HttpConnection connection(std::in_place_type<HttpConnection::Plain>, io_);
    tcp::acceptor acceptor(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    connection.socket().connect(acceptor.local_endpoint());
    auto peer = acceptor.accept();
    const auto now = connection.used_at;
    EXPECT_TRUE(connection.is_fit(now));
    EXPECT_FALSE(connection.is_fit(now + std::chrono::seconds(16)));
    connection.used_at += std::chrono::minutes(6);
    EXPECT_FALSE(connection.is_fit(connection.used_at));
    peer.send(asio::buffer("x", 1));
    EXPECT_FALSE(connection.is_fit(now)); // nobody asked for that
    peer.close();
    EXPECT_FALSE(connection.is_fit(now));
}

TEST_F(HttpClientBytesTest, TriesEveryAddressOfAName) {
    make_named_client(Addresses{"127.0.0.2", "127.0.0.3", "127.0.0.1"}); // the first two refuse
    const auto began = Clock::now();
    const auto reply = post();
    ASSERT_TRUE(reply.has_value()) << reply.error().message;
    EXPECT_LT(Clock::now() - began, std::chrono::seconds(1));
    EXPECT_EQ(server_.requests.at(0)[http::field::host].find("node.test"), 0U);
    make_named_client(Addresses{"127.0.0.2", "127.0.0.3"});
    EXPECT_FALSE(post().has_value());
}

TEST_F(HttpClientBytesTest, AnAddressThatTakesNoConnectionHoldsUpTheNextForAMomentOnly) {
    // A listener whose backlog is full answers nothing at all.
    const auto port = Url::parse(server_.url()).value().port;
    tcp::acceptor full(io_);
    const tcp::endpoint silent(asio::ip::make_address("127.0.0.2"),
                               static_cast<std::uint16_t>(std::stoi(port)));
    full.open(silent.protocol());
    full.bind(silent);
    full.listen(0);
    std::vector<tcp::socket> crowd;
    for (int caller = 0; caller < 3; ++caller) {
        auto& socket = crowd.emplace_back(io_, silent.protocol());
        socket.native_non_blocking(true);
        ::connect(socket.native_handle(), silent.data(), // Asio's would wait for the answer
                  static_cast<socklen_t>(silent.size()));
    }
    make_named_client(Addresses{"127.0.0.2", "127.0.0.2", "127.0.0.1"});
    const auto began = Clock::now();
    const auto reply = post();
    ASSERT_TRUE(reply.has_value()) << reply.error().message;
    EXPECT_LT(Clock::now() - began, std::chrono::seconds(2));
}

TEST_F(HttpClientBytesTest, ANameThatHangsIsGivenUp) {
    struct Gate {
        std::mutex mutex;
        std::condition_variable opened;
        bool open = false;
    };
    const auto gate = std::make_shared<Gate>();
    auto url = Url::parse(server_.url()).value();
    url.host = "node.test";
    client_ = std::make_unique<HttpClient>(io_.get_executor(), url,
                                           HttpClient::Limits{.timeout = milliseconds(50)},
                                           [gate](const std::string&) -> base::Result<Addresses> {
                                               std::unique_lock lock(gate->mutex);
                                               gate->opened.wait(lock, [&] { return gate->open; });
                                               return Addresses{"127.0.0.1"};
                                           });
    EXPECT_FALSE(post().has_value());
    client_.reset(); // does not wait for it
    const std::lock_guard lock(gate->mutex);
    gate->open = true;
    gate->opened.notify_all();
}

} // namespace
} // namespace relay::rpc
