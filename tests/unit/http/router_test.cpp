#include "relay/http/router.hpp"

#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/http/message.hpp"
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

Response ask(const Router& router, const std::string& method, const std::string& path,
             const std::string& origin = "") {
    Request request;
    request.method = method;
    request.path = path;
    request.origin = origin;
    boost::asio::io_context io;
    return test::run_task(io, router.handle(std::move(request)));
}

std::string header(const Response& response, const std::string& name) {
    for (const auto& [key, value] : response.headers) {
        if (key == name) {
            return value;
        }
    }
    return "";
}

Router make_router() {
    Router router({"https://wallet.example"});
    router.add({"GET", "/", echo});
    router.add({"POST", "/withdraw", echo});
    router.add({"GET", "/status/{id}", echo});
    router.add({"POST", "/jobs/{id}/retry", echo});
    router.add({"POST", "/jobs/retry", echo});
    router.add({"GET", "/away", away});
    router.add({"GET", "/broken", broken});
    return router;
}

TEST(Router, FindsRoutesAndTheirParameters) {
    const auto router = make_router();
    EXPECT_EQ(ask(router, "GET", "/").body, "GET ");
    EXPECT_EQ(ask(router, "POST", "/withdraw").body, "POST ");
    EXPECT_EQ(ask(router, "GET", "/status/abc").body, "GET abc");
    EXPECT_EQ(ask(router, "HEAD", "/status/abc").body, "GET abc");
    EXPECT_EQ(ask(router, "POST", "/jobs/abc/retry").body, "POST abc");
    EXPECT_EQ(ask(router, "POST", "/jobs/retry").body, "POST ");
}

TEST(Router, UnknownPathsAndMethodsAreTold) {
    const auto router = make_router();
    for (const char* path : {"/nowhere", "/status/", "/status", "/status/a/b", "/withdraw/", "//",
                             "/jobs//retry", "/jobs/a/b/retry", "/jobs/a/retry/", "/jobs/a"}) {
        EXPECT_EQ(ask(router, "GET", path).status, 404U) << path;
    }
    const auto wrong = ask(router, "GET", "/withdraw");
    EXPECT_EQ(wrong.status, 405U);
    EXPECT_EQ(header(wrong, "Allow"), "POST, OPTIONS");
    EXPECT_EQ(header(ask(router, "DELETE", "/"), "Allow"), "GET, HEAD, OPTIONS");
}

TEST(Router, OptionsOfTheServerAsAWhole) {
    const auto all = ask(make_router(), "OPTIONS", "*");
    EXPECT_EQ(all.status, 204U);
    EXPECT_EQ(header(all, "Allow"), "GET, HEAD, POST, OPTIONS");
}

TEST(Router, OutagesAre503AndFaults500WithoutTheirText) {
    const auto router = make_router();
    const auto outage = ask(router, "GET", "/away");
    EXPECT_EQ(outage.status, 503U);
    EXPECT_NE(header(outage, "Retry-After"), "");
    const auto fault = ask(router, "GET", "/broken");
    EXPECT_EQ(fault.status, 500U);
    EXPECT_EQ(fault.body.find("secret"), std::string::npos);
}

TEST(Router, OnlyConfiguredOriginsGetCorsHeaders) {
    const auto router = make_router();
    const auto allowed = ask(router, "OPTIONS", "/withdraw", "https://wallet.example");
    EXPECT_EQ(allowed.status, 204U);
    EXPECT_EQ(header(allowed, "Access-Control-Allow-Origin"), "https://wallet.example");
    EXPECT_EQ(header(allowed, "Access-Control-Expose-Headers"), "Retry-After, X-Request-Id");
    const auto other = ask(router, "OPTIONS", "/withdraw", "https://evil.example");
    EXPECT_EQ(header(other, "Access-Control-Allow-Origin"), "");
    EXPECT_EQ(
        header(ask(Router(), "GET", "/", "https://wallet.example"), "Access-Control-Allow-Origin"),
        "");
}

} // namespace
} // namespace relay::http
