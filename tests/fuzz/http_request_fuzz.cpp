// A client's bytes as a socket brings them, up to the Request that handlers see or the answer that
// refuses it. The first byte says in what pieces they come, which must make no difference.

#include "relay/base/http_reader.hpp"
#include "relay/http/message.hpp"
#include "request_reading.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

namespace {

using relay::base::HttpReader;

constexpr relay::base::HttpLimits kLimits{
    .head_bytes = 512, .body_bytes = 256, .framing_bytes = 128};

struct Outcome {
    std::size_t taken = 0;
    unsigned status = 0;
    relay::http::Request request;

    bool operator==(const Outcome& other) const {
        return taken == other.taken && status == other.status &&
               request.method == other.request.method && request.path == other.request.path &&
               request.query == other.request.query && request.body == other.request.body &&
               request.host == other.request.host && request.origin == other.request.origin;
    }
};

Outcome read(std::string_view bytes, std::size_t piece) {
    HttpReader reader(HttpReader::Kind::Request, kLimits);
    Outcome outcome;
    while (outcome.taken < bytes.size() && !reader.done() && !reader.fault()) {
        outcome.taken += reader.feed(bytes.substr(outcome.taken, piece));
    }
    if (reader.body().size() > kLimits.body_bytes ||
        outcome.taken > kLimits.head_bytes + kLimits.body_bytes + kLimits.framing_bytes) {
        std::abort(); // what a message may take is bounded as a whole
    }
    std::optional<relay::http::Response> refusal;
    if (reader.fault()) {
        refusal = relay::http::answer_to(*reader.fault(), kLimits);
        relay::http::read_origin_and_id(reader, outcome.request);
    } else if (reader.head_read()) {
        refusal = relay::http::read_head(reader, outcome.request);
        static_cast<void>(relay::http::expects_continue(reader));
    }
    if (refusal) {
        outcome.status = refusal->status;
    } else if (reader.done()) {
        outcome.request.body = reader.body();
        const auto& path = outcome.request.path;
        if (!path.starts_with('/') && path != "*") {
            std::abort();
        }
    }
    return outcome;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto whole = read(bytes, std::max<std::size_t>(bytes.size(), 1));
    if (!(read(bytes, data[0] % 64 + 1) == whole) || !(read(bytes, 1) == whole)) {
        std::abort();
    }
    return 0;
}
