// Several requests on one connection, answered one after another.

#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/rpc/http_client.hpp"
#include "support/base/http_server.hpp"
#include "support/base/run_task.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace relay::rpc {
namespace {

using std::chrono::milliseconds;
using test::HttpServer;
using test::run_task;
using Request = HttpServer::Request;

class HttpPipeliningTest : public testing::Test {
  protected:
    HttpPipeliningTest() {
        server_.answer = [this](const Request& request) {
            auto response = HttpServer::make_response("to " + request.body());
            response.keep_alive(keep_alive_);
            return response;
        };
        make_client({});
    }

    ~HttpPipeliningTest() override {
        client_.reset();
        run_task(io_, server_.stop());
    }

    void make_client(HttpClient::Limits limits) {
        client_ = std::make_unique<HttpClient>(io_.get_executor(),
                                               Url::parse(server_.url()).value(), limits);
    }

    /// The bodies of the replies; "!" and the reason where there is none.
    std::vector<std::string> post(std::vector<std::string> bodies) {
        std::vector<std::string> texts;
        for (const auto& reply : run_task(io_, client_->post_all(std::move(bodies)))) {
            texts.push_back(reply ? reply->body : "!" + reply.error().message);
        }
        return texts;
    }

    boost::asio::io_context io_;
    HttpServer server_{io_};
    std::unique_ptr<HttpClient> client_;
    bool keep_alive_ = true;
};

using Texts = std::vector<std::string>;

TEST_F(HttpPipeliningTest, AnswersEachInItsPlace) {
    EXPECT_EQ(post({"a", "b", "c", "d", "e"}), (Texts{"to a", "to b", "to c", "to d", "to e"}));
    EXPECT_EQ(server_.pipelined, 4U); // none waited for another's reply
    EXPECT_EQ(post({"f"}), (Texts{"to f"}));
    EXPECT_EQ(post({"g", "h"}), (Texts{"to g", "to h"}));
    EXPECT_EQ(server_.connections, 1U);
}

TEST_F(HttpPipeliningTest, GoesOnElsewhereWhereAReplyClosesTheConnection) {
    keep_alive_ = false;
    EXPECT_EQ(post({"a", "b", "c"}), (Texts{"to a", "to b", "to c"}));
    EXPECT_EQ(server_.connections, 3U);
}

TEST_F(HttpPipeliningTest, GoesOnElsewhereWhereAKeptConnectionBreaksMidway) {
    ASSERT_EQ(post({"first"}).size(), 1U);
    server_.answers_a_connection = 2;
    // The kept one gives one more reply, and the new one two.
    EXPECT_EQ(post({"a", "b", "c"}), (Texts{"to a", "to b", "to c"}));
    EXPECT_EQ(server_.connections, 2U);
}

TEST_F(HttpPipeliningTest, TheRepliesBeforeAFailureCount) {
    server_.answers_a_connection = 2;
    const auto texts = post({"a", "b", "c", "d"});
    ASSERT_EQ(texts.size(), 4U);
    EXPECT_EQ(texts[0], "to a");
    EXPECT_EQ(texts[1], "to b");
    for (const auto& text : {texts[2], texts[3]}) {
        EXPECT_TRUE(text.starts_with("!" + server_.url())) << text;
    }
    EXPECT_EQ(post({"e"}), (Texts{"to e"}));
}

TEST_F(HttpPipeliningTest, TheRepliesBeforeTheTimeLimitCount) {
    for (const bool kept : {false, true}) {
        make_client({.timeout = milliseconds(50)});
        server_.delay = milliseconds(0);
        if (kept) {
            ASSERT_EQ(post({"first"}).size(), 1U);
            server_.delay = milliseconds(0);
        }
        server_.answer = [this](const Request& request) {
            server_.delay = std::chrono::hours(1); // those behind the first
            return HttpServer::make_response("to " + request.body());
        };
        const auto texts = post({"a", "b"});
        EXPECT_EQ(texts.at(0), "to a") << kept;
        EXPECT_NE(texts.at(1).find("time limit"), std::string::npos) << kept;
    }
}

TEST_F(HttpPipeliningTest, AReplyThatNobodyAskedForIsNobodys) {
    constexpr std::string_view kUnasked = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nunasked";
    server_.answer = [&](const Request& request) {
        if (request.body() == "a") {
            server_.write_unasked(kUnasked); // arrives before the true one
        }
        return HttpServer::make_response("to " + request.body());
    };
    EXPECT_EQ(post({"a"}), (Texts{"unasked"})); // HTTP cannot tell; a call's id can
    EXPECT_EQ(post({"b"}), (Texts{"to b"}));    // but that connection is used no more
    EXPECT_EQ(server_.connections, 2U);
    server_.write_unasked(kUnasked); // on an idle connection
    test::run_ready(io_);
    EXPECT_EQ(post({"c"}), (Texts{"to c"}));
    EXPECT_EQ(server_.connections, 3U);
}

} // namespace
} // namespace relay::rpc
