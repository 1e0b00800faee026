#include "relay/base/url.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relay::base {
namespace {

TEST(UrlAuthority, IsSplit) {
    struct Case {
        std::string_view text;
        std::string_view login;
        std::string_view host;
        std::string_view port;
    };
    for (const Case& known : {
             Case{"host", "", "host", ""},
             Case{"host:80", "", "host", "80"},
             Case{"user:word@host:80", "user:word", "host", "80"},
             Case{"user:w@rd@host", "user:w@rd", "host", ""},
             Case{"[::1]", "", "::1", ""},
             Case{"[::1]:80", "", "::1", "80"},
             Case{"user@[::1]:80", "user", "::1", "80"},
             Case{"[fe80::1%eth0]", "", "fe80::1%eth0", ""},
             Case{"a-b_c.d", "", "a-b_c.d", ""},
         }) {
        const auto split = split_url_authority(known.text);
        ASSERT_TRUE(split.has_value()) << known.text;
        EXPECT_EQ(split->login, known.login) << known.text;
        EXPECT_EQ(split->host, known.host) << known.text;
        EXPECT_EQ(split->port, known.port) << known.text;
    }
    for (const std::string_view malformed :
         {"",     ":80",    "host:",  "[::1]:",  "user@",     "user@:80", "::1", "::1:80",
          "[::1", "::1]",   "[]",     "a[b]",    "[::1]x:80", "a b",      "a=b", "a%41",
          "a,b",  "[x::1]", "[::1%]", "[::1% ]", "[a]",       "user@a/b"}) {
        EXPECT_FALSE(split_url_authority(malformed).has_value()) << malformed;
    }
}

TEST(UrlPort, IsANumberThatPortsHave) {
    EXPECT_EQ(parse_port("1"), std::uint16_t{1});
    EXPECT_EQ(parse_port("65535"), std::uint16_t{65535});
    for (const std::string_view malformed : {"", "0", "65536", "-1", "80x", "x", " 80", "8 0"}) {
        EXPECT_FALSE(parse_port(malformed).has_value()) << malformed;
    }
}

TEST(PercentDecoding, ReadsEscapes) {
    EXPECT_EQ(decode_percent("a%20b+c%2B"), "a b+c+");
    EXPECT_EQ(decode_percent("a%20b+c", Plus::IsSpace), "a b c");
    EXPECT_EQ(decode_percent("%00"), std::string(1, '\0'));
    EXPECT_EQ(decode_percent(""), "");
    for (const std::string_view malformed : {"%", "%2", "%2g", "a%zz", "%%20"}) {
        EXPECT_FALSE(decode_percent(malformed).has_value()) << malformed;
    }
}

} // namespace
} // namespace relay::base
