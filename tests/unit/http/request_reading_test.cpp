// From a client's bytes to the Request that handlers see, or to the answer that refuses it.

#include "request_reading.hpp"

#include "relay/base/http_reader.hpp"
#include "relay/http/message.hpp"
#include "response_text.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

namespace relay::http {
namespace {

using base::HttpReader;

constexpr base::HttpLimits kLimits{};

/// The status of the refusal, or 0.
unsigned refusal(std::string_view bytes, Request& request) {
    HttpReader reader(HttpReader::Kind::Request, kLimits);
    reader.feed(bytes);
    if (reader.fault()) {
        read_origin_and_id(reader, request);
        const auto answer = answer_to(*reader.fault(), kLimits);
        return answer ? answer->status : 0;
    }
    const auto answer = read_head(reader, request);
    return answer ? answer->status : 0;
}

TEST(RequestReading, FillsInTheRequest) {
    Request request;
    EXPECT_EQ(refusal("POST http://h:1/a?b=c HTTP/1.1\r\nHost: x\r\nContent-Type: text/x\r\n"
                      "Origin: https://o\r\nAuthorization: Bearer t\r\nX-Request-Id: id-1\r\n"
                      "X-Forwarded-For: 1.1.1.1, 2.2.2.2\r\nx-forwarded-for: 3.3.3.3\r\n\r\n",
                      request),
              0U);
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.path, "/a");
    EXPECT_EQ(request.query["b"], "c");
    EXPECT_EQ(request.host, "h:1");
    EXPECT_EQ(request.content_type, "text/x");
    EXPECT_EQ(request.origin, "https://o");
    EXPECT_EQ(request.authorization, "Bearer t");
    EXPECT_EQ(request.request_id, "id-1");
    EXPECT_EQ(request.forwarded_for, "1.1.1.1, 2.2.2.2,3.3.3.3");
}

TEST(RequestReading, Refuses) {
    struct Case {
        std::string_view bytes;
        unsigned status;
    };
    for (const Case& known : {
             Case{"GET / HTTP/1.1\r\n\r\n", 400},
             Case{"GET / HTTP/1.0\r\n\r\n", 0},
             Case{"GET / HTTP/1.1\r\nHost:\r\n\r\n", 0},
             Case{"GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", 400},
             Case{"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
             Case{"GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400},
             Case{"GET / HTTP/1.1\r\nHost: a\r\nExpect: more\r\n\r\n", 417},
             Case{"GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n", 0},
             Case{"get / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
             Case{"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
             Case{"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", 501},
             Case{"GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
             Case{"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400},
             Case{"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505},
             Case{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: br\r\n\r\n", 501},
             Case{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 16385\r\n\r\n", 413},
         }) {
        Request request;
        EXPECT_EQ(refusal(known.bytes, request), known.status) << known.bytes;
    }
}

TEST(RequestReading, TakesOnlySaneRequestIds) {
    const auto id_of = [](const std::string& lines) {
        Request request;
        refusal("GET / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n", request);
        return request.request_id;
    };
    EXPECT_EQ(id_of("X-Request-Id: " + std::string(128, 'x') + "\r\n"), std::string(128, 'x'));
    for (const std::string& lines :
         {std::string("X-Request-Id:\r\n"), std::string("X-Request-Id: a b\r\n"),
          std::string("X-Request-Id: \xff\r\n"), "X-Request-Id: " + std::string(129, 'x') + "\r\n",
          std::string("X-Request-Id: a\r\nX-Request-Id: a\r\n")}) {
        EXPECT_EQ(id_of(lines), "") << lines;
    }
}

TEST(RequestReading, KnowsTheOriginOfWhatItRefuses) {
    Request request;
    EXPECT_EQ(refusal("POST / HTTP/1.1\r\nOrigin: https://o\r\nX-Request-Id: 7\r\n"
                      "Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
                      request),
              400U);
    EXPECT_EQ(request.origin, "https://o");
    EXPECT_EQ(request.request_id, "7");
}

TEST(ResponseText, SaysWhatEveryAnswerSays) {
    Response response;
    response.body = "{}";
    EXPECT_EQ(http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
    const Delivery kept{.keep_alive = true, .request_id = "7", .date = "now"};
    EXPECT_EQ(to_text(response, kept),
              "HTTP/1.1 200 OK\r\nServer: shield-relay\r\nDate: now\r\nX-Request-Id: 7\r\n"
              "Cache-Control: no-store\r\nContent-Type: application/json\r\n"
              "Content-Length: 2\r\n\r\n{}");
    const auto has = [&](const Delivery& delivery, std::string_view line) {
        return to_text(response, delivery).find(line) != std::string::npos;
    };
    EXPECT_TRUE(has({.keep_alive = true, .is_http_1_0 = true}, "Connection: keep-alive\r\n"));
    EXPECT_TRUE(has({.keep_alive = false}, "Connection: close\r\n"));
    EXPECT_TRUE(to_text(response, {.is_head = true}).ends_with("close\r\n\r\n"));
    response.status = 204;
    EXPECT_FALSE(has({.keep_alive = true}, "Content-Length"));
}

} // namespace
} // namespace relay::http
