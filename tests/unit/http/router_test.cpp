#include "relay/http/router.hpp"

#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/http/envelope.hpp"
#include "relay/http/message.hpp"
#include "relay/observability/metrics.hpp"
#include "support/base/manual_clock.hpp"
#include "support/base/run_task.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>
#include <stdexcept>
#include <string>
#include <utility>

namespace relay::http {
namespace {

base::Task<Response> echo(Request request) {
    Response response;
    response.body = request.method + " " + request.parameter;
    co_return response;
}

base::Task<Response> away(Request) {
    throw base::Outage("gone");
    co_return Response{};
}

base::Task<Response> broken(Request) {
    throw std::logic_error("a secret");
    co_return Response{};
}

std::string header(const Response& response, const std::string& name) {
    for (const auto& [key, value] : response.headers) {
        if (key == name) {
            return value;
        }
    }
    return "";
}

class RouterTest : public testing::Test {
  protected:
    RouterTest() {
        router_.add({"GET", "/", echo});
        router_.add({"POST", "/withdraw", echo});
        router_.add({"GET", "/status/{id}", echo});
        router_.add({"POST", "/jobs/{id}/retry", echo});
        router_.add({"POST", "/jobs/retry", echo});
        router_.add({"GET", "/away", away});
        router_.add({"POST", "/away", away});
        router_.add({"GET", "/broken", broken});
    }

    Response ask(const std::string& method, const std::string& path,
                 const std::string& origin = "") {
        return ask(router_, method, path, origin);
    }
    Response ask(Router& router, const std::string& method, const std::string& path,
                 const std::string& origin) {
        Request request;
        request.method = method;
        request.path = path;
        request.origin = origin;
        return test::run_task(clock_, router.handle(std::move(request)));
    }

    bool counted(const std::string& labels, int requests) const {
        return metrics_.text().find("\nrelay_http_requests_total{" + labels + "} " +
                                    std::to_string(requests) + "\n") != std::string::npos;
    }

    boost::asio::io_context io_;
    test::ManualClock clock_{io_};
    observability::MetricsRegistry metrics_;
    Router router_{clock_, metrics_, "public", {"https://wallet.example"}};
};

TEST_F(RouterTest, FindsRoutesAndTheirParameters) {
    EXPECT_EQ(ask("GET", "/").body, "GET ");
    EXPECT_EQ(ask("POST", "/withdraw").body, "POST ");
    EXPECT_EQ(ask("GET", "/status/abc").body, "GET abc");
    EXPECT_EQ(ask("HEAD", "/status/abc").body, "GET abc");
    EXPECT_EQ(ask("POST", "/jobs/abc/retry").body, "POST abc");
    EXPECT_EQ(ask("POST", "/jobs/retry").body, "POST ");
}

TEST_F(RouterTest, UnknownPathsAndMethodsAreTold) {
    for (const char* path : {"/nowhere", "/status/", "/status", "/status/a/b", "/withdraw/", "//",
                             "/jobs//retry", "/jobs/a/b/retry", "/jobs/a/retry/", "/jobs/a"}) {
        EXPECT_EQ(ask("GET", path).status, 404U) << path;
    }
    const auto wrong = ask("GET", "/withdraw");
    EXPECT_EQ(wrong.status, 405U);
    EXPECT_EQ(header(wrong, "Allow"), "POST, OPTIONS");
    EXPECT_EQ(header(ask("DELETE", "/"), "Allow"), "GET, HEAD, OPTIONS");
}

TEST_F(RouterTest, OptionsOfTheServerAsAWhole) {
    const auto all = ask("OPTIONS", "*");
    EXPECT_EQ(all.status, 204U);
    EXPECT_EQ(header(all, "Allow"), "GET, HEAD, POST, OPTIONS");
}

TEST_F(RouterTest, OutagesAre503AndFaults500WithoutTheirText) {
    const auto outage = ask("GET", "/away");
    EXPECT_EQ(outage.status, 503U);
    EXPECT_NE(header(outage, "Retry-After"), "");
    const auto fault = ask("GET", "/broken");
    EXPECT_EQ(fault.status, 500U);
    EXPECT_EQ(fault.body.find("secret"), std::string::npos);
}

TEST_F(RouterTest, OnlyConfiguredOriginsGetCorsHeaders) {
    const auto allowed = ask("OPTIONS", "/withdraw", "https://wallet.example");
    EXPECT_EQ(allowed.status, 204U);
    EXPECT_EQ(header(allowed, "Access-Control-Allow-Origin"), "https://wallet.example");
    EXPECT_EQ(header(allowed, "Access-Control-Expose-Headers"), "Retry-After, X-Request-Id");
    const auto other = ask("OPTIONS", "/withdraw", "https://evil.example");
    EXPECT_EQ(header(other, "Access-Control-Allow-Origin"), "");
    Router closed(clock_, metrics_, "admin");
    const auto none = ask(closed, "GET", "/", "https://wallet.example");
    EXPECT_EQ(header(none, "Access-Control-Allow-Origin"), "");
}

TEST_F(RouterTest, WhatA503SaysIsTrueOfTheCall) {
    EXPECT_NE(ask("POST", "/away").body.find("nothing was accepted"), std::string::npos);
    EXPECT_EQ(ask("GET", "/away").body.find("accepted"), std::string::npos);
}

TEST_F(RouterTest, RequestsAreCountedByRouteAndNeverByAStrangersWords) {
    ask("GET", "/status/abc");
    ask("GET", "/status/def");
    ask("HEAD", "/status/def");
    ask("GET", "/nowhere");
    ask("BREW", "/");
    Request large;
    large.method = "POST";
    large.path = "/withdraw";
    router_.refuse(large, failure(413, "body_too_large", "too large"));
    EXPECT_NE(metrics_.text().find("\nrelay_withdraws_refused_total{code=\"body_too_large\"} 1\n"),
              std::string::npos);
    EXPECT_NE(metrics_.text().find("\nrelay_withdraws_refused_total{code=\"invalid_json\"} 0\n"),
              std::string::npos);
    EXPECT_TRUE(counted(R"(code="200",listener="public",method="GET",route="/status/{id}")", 2));
    EXPECT_TRUE(counted(R"(code="200",listener="public",method="HEAD",route="/status/{id}")", 1));
    EXPECT_TRUE(counted(R"(code="404",listener="public",method="GET",route="none")", 1));
    EXPECT_TRUE(counted(R"(code="405",listener="public",method="other",route="none")", 1));
    EXPECT_TRUE(counted(R"(code="413",listener="public",method="POST",route="none")", 1));
}

} // namespace
} // namespace relay::http
