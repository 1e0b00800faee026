#include "relay/rpc/url.hpp"

#include "support/base/mutations.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace relay::rpc {
namespace {

TEST(Url, Reads) {
    struct Case {
        std::string_view text;
        bool tls = false;
        std::string host = "h";
        std::string port = "80";
        std::string target = "/";
        std::string credentials = {};
        std::string display = "http://h:80";
    };
    for (const Case& known : {
             Case{.text = "http://h"},
             Case{.text = "http://h/"},
             Case{.text = "http://h:8899", .port = "8899", .display = "http://h:8899"},
             Case{.text = "https://h", .tls = true, .port = "443", .display = "https://h:443"},
             Case{.text = "https://h/v2/key?x=1",
                  .tls = true,
                  .port = "443",
                  .target = "/v2/key?x=1",
                  .display = "https://h:443"},
             Case{.text = "http://h?api-key=secret", .target = "/?api-key=secret"},
             Case{.text = "http://u:p@h", .credentials = "u:p"},
             Case{.text = "http://u%40x:p%3a%2F%25@h", .credentials = "u@x:p:/%"},
             Case{.text = "http://u:p@q@h:1",
                  .port = "1",
                  .credentials = "u:p@q",
                  .display = "http://h:1"},
             Case{.text = "http://u:p%3Aq@h", .credentials = "u:p:q"},
             Case{.text = "http://u:p@q@h/k|{y}", .target = "/k|{y}", .credentials = "u:p@q"},
             Case{.text = "http://[::1]:8899",
                  .host = "::1",
                  .port = "8899",
                  .display = "http://[::1]:8899"},
             Case{.text = "http://[::1]", .host = "::1", .display = "http://[::1]:80"},
         }) {
        const auto url = Url::parse(known.text);
        ASSERT_TRUE(url.has_value()) << known.text;
        EXPECT_EQ(url->tls, known.tls) << known.text;
        EXPECT_EQ(url->host, known.host) << known.text;
        EXPECT_EQ(url->port, known.port) << known.text;
        EXPECT_EQ(url->target, known.target) << known.text;
        EXPECT_EQ(url->credentials, known.credentials) << known.text;
        EXPECT_EQ(url->display(), known.display) << known.text;
    }
}

TEST(Url, RefusesAndNeverRepeatsTheText) {
    for (const std::string_view text : {"",
                                        "h",
                                        "h:8899",
                                        "ftp://secret",
                                        "HTTP://h",
                                        "ws://h",
                                        "http:/h",
                                        "http://",
                                        "http://:80",
                                        "http:///path",
                                        "http://?secret",
                                        "http://u:secret@",
                                        "http://u:secret%@h",
                                        "http://u:secret%zz@h",
                                        "http://h:",
                                        "http://h:0",
                                        "http://h:65536",
                                        "http://h:-1",
                                        "http://h:80x",
                                        "http://h:secret",
                                        "http://[]",
                                        "http://[::1",
                                        "http://::1]",
                                        "http://[::1]x:80",
                                        "http://u%3Av:secret@h",
                                        "http://u:1/secret@h",
                                        "http://u:1?secret@h",
                                        "http://u,secret",
                                        "http://u%secret",
                                        "http://h h",
                                        "http://h\r\nX: y",
                                        "http://h#secret",
                                        "http://h/a b",
                                        "http://h/\r\nX: y"}) {
        const auto url = Url::parse(text);
        ASSERT_FALSE(url.has_value()) << text;
        EXPECT_EQ(url.error().message.find("secret"), std::string::npos) << text;
        EXPECT_FALSE(url.error().message.empty());
    }
}

TEST(Url, TellsNothingOfAPasswordAfterASlipOfThePen) {
    constexpr std::string_view kPassword = "Zq7Xw9Kv";
    const std::string password(kPassword);
    const std::vector<std::string> texts = {
        "http://user:" + password + "@node.example:8899",
        "https://user:" + password + "@node.example/path?x=1",
        "https://:" + password + "@[::1]:8899/",
    };
    test::expect_untold(texts, kPassword, [](const std::string& slip) {
        const auto url = Url::parse(slip);
        return url ? url->display() : url.error().message;
    });
}

} // namespace
} // namespace relay::rpc
