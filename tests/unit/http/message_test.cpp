#include "relay/http/message.hpp"

#include <gtest/gtest.h>
#include <chrono>
#include <string>

namespace relay::http {
namespace {

TEST(Target, SplitsAndDecodes) {
    Request request;
    ASSERT_TRUE(parse_target("/a%2Fb?x=1+2&y=%26&empty=&flag&x=3", request));
    EXPECT_EQ(request.path, "/a/b");
    EXPECT_EQ(request.query["x"], "3");
    EXPECT_EQ(request.query["y"], "&");
    EXPECT_EQ(request.query["empty"], "");
    EXPECT_TRUE(request.query.contains("flag"));
}

TEST(Target, AbsoluteFormsNameTheirHost) {
    struct Case {
        const char* target;
        const char* path;
        const char* host;
        const char* method = "GET";
    };
    for (const Case& known :
         {Case{"http://h/health", "/health", "h"}, Case{"HTTPS://h:1/a%20b?x=y", "/a b", "h:1"},
          Case{"http://[::1]:80", "/", "[::1]:80"}, Case{"http://h?x=y", "/", "h"},
          Case{"http://h", "*", "h", "OPTIONS"}, Case{"*", "*", "before", "OPTIONS"},
          Case{"/http://h/", "/http://h/", "before"}}) {
        Request request;
        request.method = known.method;
        request.host = "before";
        ASSERT_TRUE(parse_target(known.target, request)) << known.target;
        EXPECT_EQ(request.path, known.path);
        EXPECT_EQ(request.host, known.host);
    }
}

TEST(Target, MalformedOnesAreRefused) {
    for (const char* target : {"", "a", "/%", "/%4", "/%zz", "/?a=%4", "*", "http://", "http:///",
                               "http://u@h/", "ftp://h/", "?x=y", "/a#b", "h:443"}) {
        Request request;
        request.method = "GET";
        EXPECT_FALSE(parse_target(target, request)) << target;
    }
}

/// RFC 3986 has them escaped; browsers and curl send them as they are.
TEST(Target, WhatBrowsersLeaveUnescapedIsTaken) {
    for (const char* target : {"/a|b", "/a\"b", "/a\\b", "/x?q=a[0]", "/x?q={x}", "/x?q=^",
                               "/x?q=a|b", "/caf\xc3\xa9"}) {
        Request request;
        request.method = "GET";
        EXPECT_TRUE(parse_target(target, request)) << target;
    }
}

} // namespace
} // namespace relay::http
