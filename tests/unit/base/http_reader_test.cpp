#include "relay/base/http_reader.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace relay::base {
namespace {

using std::string_view_literals::operator""sv;
using Fault = HttpFault::Kind;

constexpr HttpLimits kLimits{.head_bytes = 400, .body_bytes = 100, .framing_bytes = 120};

/// In pieces of so many bytes; how many were taken.
std::size_t feed(HttpReader& reader, std::string_view bytes, std::size_t piece) {
    std::size_t taken = 0;
    while (taken < bytes.size() && !reader.done() && !reader.fault()) {
        const auto some = bytes.substr(taken, piece);
        for (auto rest = some; !rest.empty() && !reader.done() && !reader.fault();) {
            const auto count = reader.feed(rest);
            rest.remove_prefix(count);
            taken += count;
        }
    }
    return taken;
}

struct Case {
    std::string_view bytes;
    std::optional<Fault> fault = std::nullopt;
    std::string_view body = {};
};

/// Whatever the pieces that the bytes come in.
void check(HttpReader::Kind kind, const Case& known) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) {
        HttpReader reader(kind, kLimits);
        const auto taken = feed(reader, known.bytes, piece);
        if (known.fault) {
            ASSERT_TRUE(reader.fault().has_value()) << known.bytes;
            EXPECT_EQ(reader.fault()->kind, *known.fault) << known.bytes;
            EXPECT_NE(std::string_view(reader.fault()->reason), "");
        } else {
            ASSERT_FALSE(reader.fault().has_value())
                << known.bytes << ": " << reader.fault()->reason;
            EXPECT_TRUE(reader.done()) << known.bytes;
            EXPECT_EQ(taken, known.bytes.size());
            EXPECT_EQ(reader.body(), known.body) << known.bytes;
        }
    }
}

TEST(HttpReader, ReadsRequests) {
    for (const Case& known : {
             Case{"GET / HTTP/1.1\r\n\r\n"},
             Case{"\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"},
             Case{"POST / HTTP/1.1\r\nHost: h\r\n\r\n"}, // without a length: an empty body
             Case{"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"},
             Case{"POST / HTTP/1.1\r\nContent-Length:3\r\n\r\nabc", {}, "abc"},
             Case{
                 "POST / HTTP/1.1\r\ncontent-LENGTH: 3\r\nContent-Length: 3\r\n\r\nabc", {}, "abc"},
             Case{"POST / HTTP/1.0\r\nContent-Length: \t 003 \r\n\r\nabc", {}, "abc"},
             Case{"POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n"},
             Case{"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "2\r\nab\r\n00A ; x=\"y\"\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n",
                  {},
                  "ab0123456789"},
             Case{"BREW /x?y HTTP/1.7\r\nX:\r\n\r\n"},
             Case{"GET http://h/x HTTP/1.1\r\nX: \xff\r\n\r\n"},
         }) {
        check(HttpReader::Kind::Request, known);
    }
}

TEST(HttpReader, RefusesRequests) {
    for (const Case& known : {
             Case{"nonsense\r\n\r\n", Fault::Malformed},
             Case{"\x16\x03\x01", Fault::Malformed}, // TLS
             Case{"\r\n\r\n\r\n\r\n\r\n\r\n", Fault::Malformed},
             Case{"GET / HTTP/1.1\n\n", Fault::Malformed},
             Case{"GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", Fault::Malformed},
             Case{"GET / HTTP/1.1\r\nA: b\0c\r\n\r\n"sv, Fault::Malformed},
             Case{"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", Fault::Malformed},
             Case{"GET / HTTP/1.1\r\n A: b\r\n\r\n", Fault::Malformed},
             Case{"GET / HTTP/1.1\r\nA : b\r\n\r\n", Fault::Malformed},
             Case{"GET / HTTP/1.1\r\nA\r\n\r\n", Fault::Malformed},
             Case{"GET / HTTP/1.1\r\nA\r\nB: c\r\n\r\n", Fault::Malformed},
             Case{"GET / HTTP/1.1\r\n: b\r\n\r\n", Fault::Malformed},
             Case{"GET /\r\n\r\n", Fault::Malformed},
             Case{"GET  HTTP/1.1\r\n\r\n", Fault::Malformed},
             Case{"GET /a b HTTP/1.1\r\n\r\n", Fault::Malformed},
             Case{"GET /\xff HTTP/1.1\r\n\r\n", Fault::Malformed},
             Case{"G@T / HTTP/1.1\r\n\r\n", Fault::Malformed},
             Case{"GET / http/1.1\r\n\r\n", Fault::Malformed},
             Case{"GET / HTTP/1.10\r\n\r\n", Fault::Malformed},
             Case{"GET / HTTP/2.0\r\n\r\n", Fault::UnknownVersion},
             Case{"GET / HTTP/0.9\r\n\r\n", Fault::UnknownVersion},
             Case{"PRI * HTTP/2.0\r\n\r\n", Fault::UnknownVersion},
             Case{"POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
                  Fault::Malformed},
             Case{"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", Fault::Malformed},
             Case{"POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n", Fault::Malformed},
             Case{"POST / HTTP/1.1\r\nContent-Length: 0x1\r\n\r\n", Fault::Malformed},
             Case{"POST / HTTP/1.1\r\nContent-Length: 3, 3\r\n\r\n", Fault::Malformed},
             Case{"POST / HTTP/1.1\r\nContent-Length:\r\n\r\n", Fault::Malformed},
             Case{"POST / HTTP/1.1\r\nContent-Length: 101\r\n\r\n", Fault::BodyTooLarge},
             Case{"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
                  Fault::BodyTooLarge},
             Case{"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
                  Fault::Malformed},
             Case{"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", Fault::Malformed},
             Case{"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
                  Fault::UnknownCoding},
             Case{"POST / HTTP/1.1\r\nTransfer-Encoding: chunked, chunked\r\n\r\n",
                  Fault::UnknownCoding},
             Case{"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"
                  "\r\n",
                  Fault::UnknownCoding},
             Case{"POST / HTTP/1.1\r\nTransfer-Encoding: identity\r\n\r\n", Fault::UnknownCoding},
             Case{"POST / HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n\r\n", Fault::UnknownCoding},
         }) {
        check(HttpReader::Kind::Request, known);
    }
}

TEST(HttpReader, RefusesChunksThatAreNone) {
    for (const Case& known : {
             Case{"\r\n", Fault::Malformed},
             Case{"x\r\n", Fault::Malformed},
             Case{"-1\r\n", Fault::Malformed},
             Case{"0x1\r\n", Fault::Malformed},
             Case{"1 \r\n", Fault::Malformed},
             Case{"1\n", Fault::Malformed},
             Case{"1\r\nab", Fault::Malformed},
             Case{"1\r\na\n", Fault::Malformed},
             Case{"1;\0\r\n"sv, Fault::Malformed},
             Case{"0\r\nno trailer\r\n", Fault::Malformed},
             Case{"0\r\n folded: x\r\n", Fault::Malformed},
             Case{"65\r\n", Fault::BodyTooLarge},
             Case{"ffffffffffffffffffffffff\r\n", Fault::BodyTooLarge},
             Case{"64\r\n0123456789012345678901234567890123456789012345678901234567890123456789"
                  "012345678901234567890123456789\r\n1\r\n",
                  Fault::BodyTooLarge},
         }) {
        const auto bytes =
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(known.bytes);
        check(HttpReader::Kind::Request, {bytes, known.fault});
    }
}

TEST(HttpReader, BoundsAllThatAMessageTakes) {
    const std::string chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    std::string many_chunks = chunked;
    for (int chunk = 0; chunk < 100; ++chunk) {
        many_chunks += "1\r\nx\r\n";
    }
    std::string many_trailers = chunked + "0\r\n";
    for (int trailer = 0; trailer < 100; ++trailer) {
        many_trailers += "T: x\r\n";
    }
    const std::string long_head = "GET / HTTP/1.1\r\nX: " + std::string(400, 'y');
    const std::string long_target = "GET /" + std::string(400, 'y');
    const std::string long_extension = chunked + "1;" + std::string(200, 'x');
    const std::string long_trailer = chunked + "0\r\nT: " + std::string(200, 'x');
    const std::string long_size = chunked + std::string(200, '0');
    check(HttpReader::Kind::Request, {long_head, Fault::HeadTooLarge});
    check(HttpReader::Kind::Request, {long_target, Fault::HeadTooLarge});
    check(HttpReader::Kind::Request, {long_extension, Fault::FramingTooLarge});
    check(HttpReader::Kind::Request, {long_trailer, Fault::FramingTooLarge});
    check(HttpReader::Kind::Request, {long_size, Fault::FramingTooLarge});
    check(HttpReader::Kind::Request, {many_chunks, Fault::FramingTooLarge});
    check(HttpReader::Kind::Request, {many_trailers, Fault::FramingTooLarge});
    const std::string interim = "HTTP/1.1 103 Early\r\nLink: " + std::string(90, 'x') + "\r\n\r\n";
    const auto interims = interim + interim + interim + interim;
    check(HttpReader::Kind::Reply, {interims, Fault::HeadTooLarge});
}

TEST(HttpReader, LeavesWhatFollowsTheMessage) {
    HttpReader reader(HttpReader::Kind::Request, kLimits);
    const std::string first = "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc";
    EXPECT_EQ(reader.feed(first + "GET / HTTP/1.1\r\n\r\n"), first.size());
    EXPECT_TRUE(reader.done());
    EXPECT_EQ(reader.feed("more"), 0U);
}

TEST(HttpReader, GivesTheHead) {
    HttpReader reader(HttpReader::Kind::Request, kLimits);
    reader.feed("PUT /a?b HTTP/1.0\r\nA: 1\r\na:\t2 \r\nB:\r\nConnection: x, Keep-Alive\r\n\r\n");
    EXPECT_EQ(reader.method(), "PUT");
    EXPECT_EQ(reader.target(), "/a?b");
    EXPECT_EQ(reader.field("a"), "1");
    EXPECT_EQ(reader.count("a"), 2U);
    EXPECT_EQ(reader.field("b"), "");
    EXPECT_EQ(reader.count("c"), 0U);
    EXPECT_TRUE(reader.is_http_1_0());
    EXPECT_TRUE(reader.keeps_alive());
}

TEST(HttpReader, GivesWhatCameOfAHeadThatDidNotComeWhole) {
    HttpReader reader(HttpReader::Kind::Request, kLimits);
    reader.feed("GET / HTTP/1.1\r\nOrigin: here\r\nX-Request-Id: 7");
    EXPECT_EQ(reader.field("origin"), "here");
    EXPECT_EQ(reader.field("x-request-id"), "");
}

TEST(HttpReader, SaysWhetherTheConnectionGoesOn) {
    const auto goes_on = [](std::string_view head) {
        HttpReader reader(HttpReader::Kind::Request, kLimits);
        reader.feed(head);
        EXPECT_TRUE(reader.done());
        return reader.keeps_alive();
    };
    EXPECT_TRUE(goes_on("GET / HTTP/1.1\r\n\r\n"));
    EXPECT_FALSE(goes_on("GET / HTTP/1.1\r\nConnection: a, CLOSE ,b\r\n\r\n"));
    EXPECT_FALSE(goes_on("GET / HTTP/1.0\r\n\r\n"));
    EXPECT_FALSE(goes_on("GET / HTTP/1.0\r\nConnection: closed\r\n\r\n"));
}

TEST(HttpReader, ReadsReplies) {
    for (const Case& known : {
             Case{"HTTP/1.1 204 No Content\r\n\r\n"},
             Case{"HTTP/1.1 304\r\nContent-Length: 5\r\n\r\n"},
             Case{"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok", {}, "ok"},
             Case{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nContent-Length: "
                  "9\r\n\r\n"
                  "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
                  {},
                  "ok"},
             Case{"HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\tc\r\nContent-Length: 2\r\n\r\nok", {}, "ok"},
         }) {
        check(HttpReader::Kind::Reply, known);
    }
    HttpReader open_ended(HttpReader::Kind::Reply, kLimits);
    open_ended.feed("HTTP/1.1 200 OK\r\n\r\n12");
    open_ended.feed("34");
    EXPECT_FALSE(open_ended.done());
    open_ended.end();
    EXPECT_TRUE(open_ended.done());
    EXPECT_EQ(open_ended.body(), "1234");
    EXPECT_EQ(open_ended.status(), 200U);
}

TEST(HttpReader, RefusesReplies) {
    std::string interims;
    for (int reply = 0; reply < 11; ++reply) {
        interims += "HTTP/1.1 100 \r\n\r\n";
    }
    const auto endless = "HTTP/1.1 200 OK\r\n\r\n" + std::string(101, 'x');
    for (const Case& known : {
             Case{interims, Fault::Malformed},
             Case{endless, Fault::BodyTooLarge},
             Case{"HTTP/1.1 101 Switching Protocols\r\n\r\n", Fault::Malformed},
             Case{"\r\nHTTP/1.1 200 OK\r\n\r\n", Fault::Malformed},
             Case{"HTTP/1.1 20 OK\r\n\r\n", Fault::Malformed},
             Case{"HTTP/1.1 2000 OK\r\n\r\n", Fault::Malformed},
             Case{"HTTP/1.1 099 OK\r\n\r\n", Fault::Malformed},
             Case{"HTTP/1.1200 OK\r\n\r\n", Fault::Malformed},
             Case{"HTTP/2 200\r\n\r\n", Fault::Malformed},
             Case{"SSH-2.0-x\r\n\r\n", Fault::Malformed},
             Case{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
                  Fault::Malformed},
         }) {
        check(HttpReader::Kind::Reply, known);
    }
    for (const auto* cut : {"", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n1234",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"}) {
        HttpReader reader(HttpReader::Kind::Reply, kLimits);
        reader.feed(cut);
        reader.end();
        ASSERT_TRUE(reader.fault().has_value());
        EXPECT_EQ(reader.fault()->kind, Fault::CutShort);
    }
}

} // namespace
} // namespace relay::base
