#include "relay/http/admin_guard.hpp"

#include "relay/http/message.hpp"

#include <gtest/gtest.h>
#include <string>

namespace relay::http {
namespace {

Request from(const std::string& host, const std::string& origin = "",
             const std::string& authorization = "") {
    Request request;
    request.host = host;
    request.origin = origin;
    request.authorization = authorization;
    return request;
}

unsigned status(const AdminGuard& guard, const Request& request) {
    const auto refusal = guard.refusal(request);
    return refusal ? refusal->status : 200;
}

TEST(AdminGuard, LetsLoopbackNamesAndItsOwnAddressAsk) {
    const AdminGuard guard("Relay.internal", "");
    for (const auto* host :
         {"", "localhost", "LOCALHOST:9090", "127.0.0.1", "127.0.0.1:1", "127.8.9.10:9090", "[::1]",
          "[::1]:9090", "console.localhost:80", "relay.internal:9090", "relay.INTERNAL"}) {
        EXPECT_EQ(status(guard, from(host)), 200U) << host;
    }
}

TEST(AdminGuard, RefusesForeignHostsWithAndWithoutAToken) {
    for (const AdminGuard& guard :
         {AdminGuard("127.0.0.1", ""), AdminGuard("127.0.0.1", "secret")}) {
        for (const auto* host :
             {"evil.example", "evil.example:9090", "localhost.evil.example", "notlocalhost",
              "127.0.0.1.evil.example", "10.0.0.1:9090", "0.0.0.0:9090", "[::2]:9090",
              "localhost:", "me@localhost", "2130706433", "127.1"}) {
            EXPECT_EQ(status(guard, from(host, "", "Bearer secret")), 403U) << host;
        }
    }
}

// A name may be made to lead anywhere; digits lead where they say.
TEST(AdminGuard, OneThatListensOnAllTakesAnyAddressInDigitsAndNoName) {
    for (const auto* all : {"0.0.0.0", "::"}) {
        const AdminGuard guard(all, "");
        EXPECT_EQ(status(guard, from("10.0.0.7:9090")), 200U);
        EXPECT_EQ(status(guard, from("[fd00::7]:9090")), 200U);
        EXPECT_EQ(status(guard, from("localhost:9090")), 200U);
        EXPECT_EQ(status(guard, from("evil.example:9090")), 403U);
    }
}

TEST(AdminGuard, RefusesPagesOfOtherOrigins) {
    const AdminGuard guard("127.0.0.1", "");
    for (const auto* origin :
         {"http://127.0.0.1:9090", "https://127.0.0.1:9090", "http://localhost:9090"}) {
        EXPECT_EQ(status(guard, from("127.0.0.1:9090", origin)), 200U) << origin;
    }
    for (const auto* origin : {"null", "http://evil.example", "http://evil.example:9090",
                               "http://127.0.0.1", "http://localhost:3000", "file://",
                               "http://localhost:9090.evil.example", "localhost:9090"}) {
        EXPECT_EQ(status(guard, from("127.0.0.1:9090", origin)), 403U) << origin;
    }
}

TEST(AdminGuard, AsksForTheTokenByASchemeOfWhateverCase) {
    const AdminGuard guard("127.0.0.1", "a secret");
    for (const auto* good : {"Bearer a secret", "bearer a secret", "BEARER   a secret"}) {
        EXPECT_EQ(status(guard, from("localhost", "", good)), 200U) << good;
    }
    for (const auto* bad : {"", "a secret", "Basic a secret", "Bearer", "Bearer ", "Bearer a secre",
                            "Bearer a secret ", "Bearera secret", "Bearer A secret"}) {
        EXPECT_EQ(status(guard, from("localhost", "", bad)), 401U) << bad;
    }
    EXPECT_EQ(guard.who(), "admin");
    EXPECT_EQ(AdminGuard("127.0.0.1", "").who(), "anonymous");
}

} // namespace
} // namespace relay::http
