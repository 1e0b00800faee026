#include "request_reading.hpp"

#include "relay/base/http_reader.hpp"
#include "relay/http/envelope.hpp"
#include "relay/http/message.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace relay::http {
namespace {

constexpr std::size_t kLongestRequestId = 128;

/// Characters of a host with its port (RFC 3986): no list, no path, no login.
bool is_host(std::string_view text) {
    constexpr std::string_view kMarks = "-._~!$&'()*+;=%:[]";
    return std::ranges::all_of(text, [kMarks](unsigned char character) {
        return std::isalnum(character) != 0 || kMarks.contains(static_cast<char>(character));
    });
}

bool is_request_id(std::string_view text) {
    return !text.empty() && text.size() <= kLongestRequestId &&
           std::ranges::all_of(text,
                               [](char character) { return character > ' ' && character < 0x7f; });
}

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
    return std::ranges::equal(text, lower, {}, [](unsigned char letter) {
        return static_cast<char>(std::tolower(letter));
    });
}

std::optional<Response> check_host(base::HttpReader& reader) {
    const auto hosts = reader.count("host");
    if ((hosts == 0 && !reader.is_http_1_0()) || hosts > 1 || !is_host(reader.field("host"))) {
        return failure(400, "invalid_http", "an HTTP/1.1 request must name its Host, once");
    }
    return std::nullopt;
}

std::optional<Response> check_expectation(base::HttpReader& reader) {
    if (reader.count("expect") > 0 &&
        (reader.count("expect") > 1 ||
         !equals_ignoring_case(reader.field("expect"), "100-continue"))) {
        return failure(417, "expectation_failed", "the only expectation known is 100-continue");
    }
    return std::nullopt;
}

} // namespace

std::optional<Response> answer_to(const base::HttpFault& fault, const base::HttpLimits& limits) {
    using Kind = base::HttpFault::Kind;
    const auto bytes = [](std::size_t count) { return std::to_string(count) + " bytes"; };
    switch (fault.kind) {
        case Kind::Malformed:
            return failure(400, "invalid_http",
                           std::string("this is no HTTP/1.1 request: ") + fault.reason);
        case Kind::HeadTooLarge:
            return failure(431, "headers_too_large",
                           "the head may have at most " + bytes(limits.head_bytes));
        case Kind::BodyTooLarge:
            return failure(413, "body_too_large",
                           "the body may have at most " + bytes(limits.body_bytes));
        case Kind::FramingTooLarge:
            return failure(413, "body_too_large",
                           "chunk sizes, extensions and trailers may take at most " +
                               bytes(limits.framing_bytes) + "; send fewer, larger chunks");
        case Kind::UnknownCoding:
            return failure(501, "not_implemented", fault.reason);
        case Kind::UnknownVersion:
            return failure(505, "http_version_not_supported", fault.reason);
        case Kind::CutShort:
            return std::nullopt; // nobody is there to hear it
    }
    std::unreachable();
}

void read_origin_and_id(base::HttpReader& reader, Request& request) {
    request.origin = reader.field("origin");
    const auto id = reader.field("x-request-id");
    if (is_request_id(id) && reader.count("x-request-id") == 1) {
        request.request_id = id;
    }
}

std::optional<Response> read_head(base::HttpReader& reader, Request& request) {
    request.method = reader.method();
    request.host = reader.field("host");
    request.content_type = reader.field("content-type");
    request.authorization = reader.field("authorization");
    for (std::size_t line = 0; line < reader.count("x-forwarded-for"); ++line) {
        request.forwarded_for += line > 0 ? "," : "";
        request.forwarded_for += reader.field("x-forwarded-for", line);
    }
    read_origin_and_id(reader, request);
    if (auto refusal = check_host(reader)) {
        return refusal;
    }
    if (auto refusal = check_expectation(reader)) {
        return refusal;
    }
    if (!is_known_method(request.method)) { // CONNECT among them, whose target is none of a path
        return failure(501, "not_implemented", "this server does not know the request's method");
    }
    if (!parse_target(reader.target(), request)) {
        return failure(400, "invalid_http", "the request's target is malformed");
    }
    return std::nullopt;
}

bool expects_continue(base::HttpReader& reader) {
    return !reader.is_http_1_0() && reader.count("expect") > 0 && !reader.done();
}

} // namespace relay::http
