#include "relay/redis/settings.hpp"

#include "support/base/mutations.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace relay::redis {
namespace {

TEST(Settings, Reads) {
    struct Case {
        std::string_view url;
        std::string host = "127.0.0.1";
        std::uint16_t port = 6379;
        std::string socket_path = {};
        std::string user = {};
        std::string password = {};
        int database = 0;
    };
    for (const Case& known : {
             Case{.url = "redis://h", .host = "h"},
             Case{.url = "redis://h:1", .host = "h", .port = 1},
             Case{.url = "redis://h:65535/15", .host = "h", .port = 65535, .database = 15},
             Case{.url = "redis://h/", .host = "h"},
             Case{.url = "redis://[::1]:7/2", .host = "::1", .port = 7, .database = 2},
             Case{.url = "redis://[::1]", .host = "::1"},
             Case{.url = "redis://:p@h", .host = "h", .password = "p"},
             Case{.url = "redis://u:p%40%2f%25@h:1/3",
                  .host = "h",
                  .port = 1,
                  .user = "u",
                  .password = "p@/%",
                  .database = 3},
             Case{.url = "redis://u:a:b@h", .host = "h", .user = "u", .password = "a:b"},
             Case{.url = "unix:///run/redis.sock", .socket_path = "/run/redis.sock"},
             Case{.url = "unix:///r?db=4", .socket_path = "/r", .database = 4},
         }) {
        const auto settings = Settings::parse(known.url);
        ASSERT_TRUE(settings.has_value()) << known.url;
        EXPECT_EQ(settings->socket_path, known.socket_path) << known.url;
        if (known.socket_path.empty()) {
            EXPECT_EQ(settings->host, known.host) << known.url;
            EXPECT_EQ(settings->port, known.port) << known.url;
        }
        EXPECT_EQ(settings->user, known.user) << known.url;
        EXPECT_EQ(settings->password, known.password) << known.url;
        EXPECT_EQ(settings->database, known.database) << known.url;
    }
}

TEST(Settings, RefusesAndNeverRepeatsTheText) {
    for (const std::string_view url : {"",
                                       "h",
                                       "h:6379",
                                       "http://secret",
                                       "redis:/h",
                                       "redis://",
                                       "redis://:6379",
                                       "redis://h:0",
                                       "redis://h:65536",
                                       "redis://h:x",
                                       "redis://h:-1",
                                       "redis://h/x",
                                       "redis://h/-1",
                                       "redis://h/1/2",
                                       "redis://h/1?x=secret",
                                       "redis://secret@h",
                                       "redis://u:@h",
                                       "redis://u:%4@h",
                                       "redis://u:secret%zz@h",
                                       "redis://u:secret%@h",
                                       "unix://relative/secret",
                                       "unix://",
                                       "unix:///r?db=",
                                       "unix:///r?db=x",
                                       "unix:///r?secret=1"}) {
        const auto settings = Settings::parse(url);
        ASSERT_FALSE(settings.has_value()) << url;
        EXPECT_EQ(settings.error().message.find("secret"), std::string::npos);
        EXPECT_FALSE(settings.error().message.empty());
    }
}

TEST(Settings, TellsNothingOfAPasswordAfterASlipOfThePen) {
    constexpr std::string_view kPassword = "Zq7Xw9Kv";
    const std::string password(kPassword);
    const std::vector<std::string> texts = {
        "redis://user:" + password + "@redis.example:6379/0",
        "redis://:" + password + "@redis.example",
        "redis://:" + password + "@[::1]:6379/1",
    };
    test::expect_untold(texts, kPassword, [](const std::string& slip) {
        const auto settings = Settings::parse(slip);
        return settings ? settings->host + settings->socket_path : settings.error().message;
    });
}

} // namespace
} // namespace relay::redis
