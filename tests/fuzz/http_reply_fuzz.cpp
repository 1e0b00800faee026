// A node's bytes as a socket brings them, up to the HttpReply that is made of them, and what
// JSON stands in it. The first byte says in what pieces they come, which must make no difference.

#include "http_reply.hpp"
#include "relay/base/http_reader.hpp"
#include "relay/base/strict_json.hpp"
#include "relay/rpc/http_client.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace {

using relay::base::HttpReader;

constexpr relay::base::HttpLimits kLimits{
    .head_bytes = 512, .body_bytes = 1024, .framing_bytes = 128};

std::optional<relay::rpc::HttpReply> read(std::string_view bytes, std::size_t piece) {
    HttpReader reader(HttpReader::Kind::Reply, kLimits);
    std::size_t taken = 0;
    while (taken < bytes.size() && !reader.done() && !reader.fault()) {
        taken += reader.feed(bytes.substr(taken, piece));
    }
    if (reader.body().size() > kLimits.body_bytes ||
        taken > kLimits.head_bytes + kLimits.body_bytes + kLimits.framing_bytes) {
        std::abort(); // what a message may take is bounded as a whole
    }
    if (!reader.fault()) {
        reader.end();
    }
    static_cast<void>(reader.keeps_alive());
    return reader.done() ? std::optional(relay::rpc::to_reply(reader)) : std::nullopt;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto whole = read(bytes, std::max<std::size_t>(bytes.size(), 1));
    const auto pieces = read(bytes, data[0] % 64 + 1);
    if (whole.has_value() != pieces.has_value() ||
        (whole && (whole->status != pieces->status || whole->body != pieces->body ||
                   whole->retry_after != pieces->retry_after))) {
        std::abort();
    }
    if (!whole) {
        return 0;
    }
    if (whole->status < 200 || whole->status > 999 ||
        whole->retry_after.value_or(std::chrono::seconds(0)) > std::chrono::hours(1)) {
        std::abort();
    }
    if (const auto json = relay::base::parse_bounded_json(whole->body)) {
        static_cast<void>(json->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    }
    return 0;
}
