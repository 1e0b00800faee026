// Request targets as they come off the wire, and what is read of them.

#include "relay/base/url.hpp"
#include "relay/http/message.hpp"
#include "relay/jobs/job.hpp"
#include "relay/rpc/url.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const auto* method : {"GET", "OPTIONS"}) {
        relay::http::Request request;
        request.method = method;
        if (relay::http::parse_target(text, request) && !request.path.starts_with('/') &&
            (request.path != "*" || request.method != "OPTIONS")) {
            std::abort();
        }
    }
    if (const auto id = relay::jobs::JobId::parse(text);
        id && id->to_string().size() != text.size()) {
        std::abort();
    }
    if (const auto url = relay::rpc::Url::parse(text); url && url->host.empty()) {
        std::abort();
    }
    return 0;
}
