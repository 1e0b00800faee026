#include "response_text.hpp"

#include "relay/base/http_reader.hpp"
#include "relay/http/message.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace relay::http {
namespace {

using base::HttpReader;

Delivery delivery() {
    return {.keep_alive = true, .request_id = "id-1", .date = "today"};
}

std::size_t count_of(const std::string& text, std::string_view word) {
    std::size_t count = 0;
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
        ++count;
    }
    return count;
}

TEST(ResponseText, IsWhatAClientReads) {
    Response response;
    response.status = 429;
    response.body = "{\"a\":1}";
    response.headers = {{"Retry-After", "2"}, {"Vary", "Origin"}};
    const auto text = to_text(response, delivery());
    EXPECT_EQ(text,
              "HTTP/1.1 429 Too Many Requests\r\nServer: shield-relay\r\nDate: today\r\n"
              "X-Request-Id: id-1\r\nCache-Control: no-store\r\nContent-Type: application/json\r\n"
              "Content-Length: 7\r\nRetry-After: 2\r\nVary: Origin\r\n\r\n{\"a\":1}");

    HttpReader reader(HttpReader::Kind::Reply, {});
    EXPECT_EQ(reader.feed(text), text.size());
    ASSERT_TRUE(reader.done());
    EXPECT_EQ(reader.status(), 429U);
    EXPECT_EQ(reader.field("retry-after"), "2");
    EXPECT_TRUE(reader.keeps_alive());
    EXPECT_EQ(reader.body(), response.body);
}

TEST(ResponseText, LengthsAreThoseOfTheBodysBytes) {
    for (const std::string& body : {std::string(), std::string("caf\xc3\xa9"),
                                    std::string("\0\r\n\r\n", 5), std::string(100'000, 'x')}) {
        Response response;
        response.body = body;
        const auto text = to_text(response, delivery());
        EXPECT_NE(text.find("\r\nContent-Length: " + std::to_string(body.size()) + "\r\n"),
                  std::string::npos);
        EXPECT_TRUE(text.ends_with("\r\n\r\n" + body));
    }
}

TEST(ResponseText, OfHeadHasTheLengthAndNoBody) {
    Response response;
    response.body = "12345";
    auto how = delivery();
    how.is_head = true;
    const auto text = to_text(response, how);
    EXPECT_NE(text.find("\r\nContent-Length: 5\r\n"), std::string::npos);
    EXPECT_TRUE(text.ends_with("\r\n\r\n"));
}

TEST(ResponseText, WithoutContentHasNeitherLengthNorType) {
    Response response;
    response.status = 204;
    response.body = "never sent";
    const auto text = to_text(response, delivery());
    EXPECT_TRUE(text.starts_with("HTTP/1.1 204 No Content\r\n"));
    EXPECT_EQ(text.find("Content-"), std::string::npos);
    EXPECT_TRUE(text.ends_with("\r\n\r\n"));
}

TEST(ResponseText, SaysWhatBecomesOfTheConnection) {
    auto how = delivery();
    EXPECT_EQ(to_text({}, how).find("Connection:"), std::string::npos);
    how.is_http_1_0 = true;
    EXPECT_NE(to_text({}, how).find("\r\nConnection: keep-alive\r\n"), std::string::npos);
    how.keep_alive = false;
    EXPECT_NE(to_text({}, how).find("\r\nConnection: close\r\n"), std::string::npos);
    EXPECT_EQ(count_of(to_text({}, how), "Connection:"), 1U);
}

/// A header's text may be a stranger's, such as an Origin that is told back.
TEST(ResponseText, NoHeaderCanBeginAnother) {
    for (const std::string& evil :
         {std::string("a\r\nSet-Cookie: x=1"), std::string("a\nSet-Cookie: x=1"),
          std::string("a\rSet-Cookie: x=1"), std::string("a\r\n\r\nSet-Cookie: x=1"),
          std::string("a\0Set-Cookie: x=1", 16)}) {
        Response response;
        response.headers = {{"X-Told", evil}};
        response.content_type = evil;
        auto how = delivery();
        how.request_id = evil;
        const auto text = to_text(response, how);
        HttpReader reader(HttpReader::Kind::Reply, {});
        reader.feed(text);
        ASSERT_TRUE(reader.done()) << text;
        EXPECT_EQ(reader.count("set-cookie"), 0U) << text;
        EXPECT_EQ(reader.count("x-told"), 1U) << text;
    }
}

TEST(HttpDate, IsInTheFormOfTheRfc) {
    EXPECT_EQ(http_date(784'111'777), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
}

} // namespace
} // namespace relay::http
