// The HTTP client, one request at a time: http_pipelining_test.cpp has several on a connection.

#include "relay/rpc/http_client.hpp"

#include "relay/base/clock.hpp"
#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "support/base/http_server.hpp"
#include "support/base/run_task.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::rpc {
namespace {

namespace http = boost::beast::http;
using std::chrono::milliseconds;
using test::HttpServer;
using test::run_task;
using Request = HttpServer::Request;

class HttpClientTest : public testing::Test {
  protected:
    ~HttpClientTest() override {
        client_.reset();
        run_task(io_, server_.stop());
    }

    HttpClient& client(HttpClient::Limits limits = {}, const std::string& path = "") {
        client_ = std::make_unique<HttpClient>(io_.get_executor(),
                                               Url::parse(server_.url() + path).value(), limits);
        return *client_;
    }

    base::Result<HttpReply> post(std::string body) {
        return run_task(io_, client_->post(std::move(body)));
    }

    boost::asio::io_context io_;
    HttpServer server_{io_};
    std::unique_ptr<HttpClient> client_;
};

TEST_F(HttpClientTest, PostsJsonAndGivesTheReply) {
    client({}, "/key?x=1");
    const auto reply = post("{}");
    ASSERT_TRUE(reply.has_value()) << reply.error().message;
    EXPECT_EQ(reply->status, 200U);
    EXPECT_EQ(reply->body, "ok");
    ASSERT_EQ(server_.requests.size(), 1U);
    const auto& request = server_.requests[0];
    EXPECT_EQ(request.method(), http::verb::post);
    EXPECT_EQ(request.target(), "/key?x=1");
    EXPECT_EQ(request[http::field::content_type], "application/json");
    EXPECT_EQ("http://" + std::string(request[http::field::host]), server_.url());
    EXPECT_EQ(request.body(), "{}");
    EXPECT_EQ(request.count(http::field::authorization), 0U);
}

TEST_F(HttpClientTest, SendsOtherCalls) {
    client({}, "/not/this");
    ASSERT_TRUE(run_task(io_, client_->send({.target = "/a?b=%20"})).has_value());
    ASSERT_TRUE(run_task(io_, client_->send({"POST", "/c", "localhost", "Bearer word", "{}"})));
    ASSERT_EQ(server_.requests.size(), 2U);
    const auto& get = server_.requests[0];
    EXPECT_EQ(get.method(), http::verb::get);
    EXPECT_EQ(get.target(), "/a?b=%20");
    EXPECT_EQ("http://" + std::string(get[http::field::host]), server_.url());
    EXPECT_EQ(get.count(http::field::content_length), 0U);
    EXPECT_EQ(get.count(http::field::authorization), 0U);
    const auto& post = server_.requests[1];
    EXPECT_EQ(post.method(), http::verb::post);
    EXPECT_EQ(post[http::field::host], "localhost");
    EXPECT_EQ(post[http::field::authorization], "Bearer word");
    EXPECT_EQ(post[http::field::content_type], "application/json");
    EXPECT_EQ(post.body(), "{}");
}

TEST_F(HttpClientTest, SendsCredentialsAsBasicAuthorization) {
    auto url = Url::parse(server_.url()).value();
    url.credentials = "user:pass";
    client_ = std::make_unique<HttpClient>(io_.get_executor(), url, HttpClient::Limits{});
    ASSERT_TRUE(post("{}").has_value());
    EXPECT_EQ(server_.requests.at(0)[http::field::authorization], "Basic dXNlcjpwYXNz");
}

TEST_F(HttpClientTest, ReusesItsConnection) {
    client();
    for (int round = 0; round < 5; ++round) {
        ASSERT_TRUE(post("{}").has_value());
    }
    EXPECT_EQ(server_.connections, 1U);
}

TEST_F(HttpClientTest, ConnectsAnewWhereTheServerClosesEachTime) {
    server_.answer = [](const Request&) {
        auto response = HttpServer::make_response("ok");
        response.keep_alive(false);
        response.prepare_payload();
        return response;
    };
    client();
    ASSERT_TRUE(post("{}").has_value());
    ASSERT_TRUE(post("{}").has_value());
    EXPECT_EQ(server_.connections, 2U);
}

TEST_F(HttpClientTest, ReplacesAStaleConnectionSilentlyOnce) {
    client();
    ASSERT_TRUE(post("{}").has_value());
    server_.drop_connections();
    test::run_ready(io_);
    const auto reply = post("again");
    ASSERT_TRUE(reply.has_value()) << reply.error().message;
    EXPECT_EQ(server_.connections, 2U);
    EXPECT_EQ(server_.requests.back().body(), "again");
}

TEST_F(HttpClientTest, ReplacesEvenWhereSeveralAreStale) {
    client();
    struct Post {
        static base::Task<void> once(HttpClient* http) { co_await http->post("{}"); }
    };
    base::SteadyClock clock(io_.get_executor());
    base::TaskGroup group(clock, [](std::string_view, const std::exception_ptr&) {});
    for (int caller = 0; caller < 3; ++caller) {
        group.spawn("caller", Post::once(client_.get()));
    }
    run_task(io_, group.join());
    EXPECT_EQ(server_.connections, 3U);
    server_.drop_connections();
    test::run_ready(io_);
    for (int round = 0; round < 4; ++round) {
        EXPECT_TRUE(post("{}").has_value());
    }
}

TEST_F(HttpClientTest, GivesUpAtItsTimeLimit) {
    server_.delay = std::chrono::hours(1);
    client({.timeout = milliseconds(20)});
    const auto reply = post("{}");
    ASSERT_FALSE(reply.has_value());
    EXPECT_NE(reply.error().message.find("time limit"), std::string::npos);
    server_.delay = milliseconds(0);
    EXPECT_TRUE(post("{}").has_value()); // on another connection
}

TEST_F(HttpClientTest, RefusesABodyBeyondItsLimit) {
    server_.answer = [](const Request&) {
        return HttpServer::make_response(std::string(2'000, 'x'));
    };
    client({.body_bytes = 1'000});
    EXPECT_FALSE(post("{}").has_value());
    server_.answer = [](const Request&) {
        return HttpServer::make_response(std::string(1'000, 'x'));
    };
    EXPECT_TRUE(post("{}").has_value());
}

TEST_F(HttpClientTest, TellsOfWhatIsNoHttp) {
    server_.raw = "\x15\x03\x01 no http at all\r\n\r\n";
    client();
    const auto reply = post("{}");
    ASSERT_FALSE(reply.has_value());
    EXPECT_NE(reply.error().message.find(server_.url()), std::string::npos);
}

TEST_F(HttpClientTest, TellsOfAReplyThatBreaksOff) {
    client();
    for (const auto* reply : {"H", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n",
                              "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n1234"}) {
        server_.raw = reply;
        const auto answer = post("{}");
        ASSERT_FALSE(answer.has_value()) << reply;
        EXPECT_EQ(answer.error().message.find("time limit"), std::string::npos) << reply;
    }
    server_.raw = "HTTP/1.1 200 OK\r\n\r\n1234"; // without a length its end is the connection's
    EXPECT_EQ(post("{}").value().body, "1234");
}

TEST_F(HttpClientTest, TellsOfARefusedConnection) {
    const auto url = [this] {
        HttpServer closed(io_);
        run_task(io_, closed.stop());
        return closed.url();
    }();
    client_ = std::make_unique<HttpClient>(io_.get_executor(), Url::parse(url + "/secret").value(),
                                           HttpClient::Limits{});
    const auto reply = post("{}");
    ASSERT_FALSE(reply.has_value());
    EXPECT_EQ(reply.error().message.find("secret"), std::string::npos);
}

TEST_F(HttpClientTest, ReadsRetryAfterInSeconds) {
    struct Case {
        std::string_view header;
        std::optional<std::chrono::seconds> expected;
    };
    client();
    for (const Case& known :
         {Case{"7", std::chrono::seconds(7)}, Case{"0", std::chrono::seconds(0)},
          Case{"3600", std::chrono::hours(1)}, Case{"3601", std::nullopt}, Case{"+7", std::nullopt},
          Case{"7s", std::nullopt}, Case{"-1", std::nullopt}, Case{"soon", std::nullopt},
          Case{"99999999999", std::nullopt}, Case{"Wed, 21 Oct 2015 07:28:00 GMT", std::nullopt}}) {
        server_.answer = [&known](const Request&) {
            auto response = HttpServer::make_response("", 429);
            response.set(http::field::retry_after, std::string(known.header));
            return response;
        };
        const auto reply = post("{}");
        ASSERT_TRUE(reply.has_value());
        EXPECT_EQ(reply->status, 429U);
        EXPECT_EQ(reply->retry_after, known.expected) << known.header;
    }
}

TEST_F(HttpClientTest, KeepsNoMoreCallsInFlightThanItMay) {
    server_.delay = milliseconds(2);
    client({.connections = 3});
    struct Post {
        static base::Task<void> once(HttpClient* http, std::size_t* answered) {
            const auto reply = co_await http->post("{}");
            *answered += reply.has_value() ? 1 : 0;
        }
    };
    std::size_t answered = 0;
    base::SteadyClock clock(io_.get_executor());
    base::TaskGroup group(clock, [](std::string_view, const std::exception_ptr&) {});
    for (int caller = 0; caller < 12; ++caller) {
        group.spawn("caller", Post::once(client_.get(), &answered));
    }
    run_task(io_, group.join());
    EXPECT_EQ(answered, 12U);
    EXPECT_EQ(server_.most_busy, 3U);
    EXPECT_LE(server_.connections, 3U);
}

} // namespace
} // namespace relay::rpc
