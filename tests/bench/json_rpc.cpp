#include "bench/json_rpc.hpp"

#include "relay/base/encoding.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay::bench {

namespace {

constexpr std::size_t kSignatureBytes = 64;
constexpr std::size_t kNullifierBytes = 32;
constexpr std::size_t kOutputBytes = 40;
constexpr std::size_t kMostOutputs = 5;

/// The text after `before`, up to the next `end`.
std::string_view text_after(std::string_view text, std::string_view before, char end) {
    const auto at = text.find(before);
    if (at == std::string_view::npos) {
        return {};
    }
    text.remove_prefix(at + before.size());
    return text.substr(0, text.find(end));
}

/// A wire ends in the withdraw's nullifier, its count of outputs and the outputs.
std::string nullifier_at_end(base::ByteView wire) {
    for (std::size_t outputs = 1; outputs <= kMostOutputs; ++outputs) {
        const auto tail = 1 + outputs * kOutputBytes;
        if (wire.size() > tail + kNullifierBytes && wire[wire.size() - tail] == outputs) {
            return base::encode_hex(
                wire.subspan(wire.size() - tail - kNullifierBytes, kNullifierBytes));
        }
    }
    return {};
}

} // namespace

std::string_view method_of(std::string_view request) {
    return text_after(request, R"("method":")", '"');
}

SentTransaction read_sent(std::string_view request) {
    const auto wire = base::decode_base64(text_after(request, R"("params":[")", '"'));
    if (!wire || wire->size() < 1 + kSignatureBytes) {
        return {};
    }
    const base::ByteView bytes(*wire);
    return {base::encode_base58(bytes.subspan(1, kSignatureBytes)), nullifier_at_end(bytes)};
}

std::vector<std::string_view> read_signatures(std::string_view request) {
    std::vector<std::string_view> signatures;
    constexpr std::string_view kBefore = R"("params":[[)";
    const auto at = request.find(kBefore);
    if (at == std::string_view::npos) {
        return signatures;
    }
    request.remove_prefix(at + kBefore.size());
    request = request.substr(0, request.find(']'));
    while (!request.empty()) {
        const auto item = request.substr(0, request.find(','));
        if (item.size() > 2) {
            signatures.push_back(item.substr(1, item.size() - 2)); // without its quotes
        }
        request.remove_prefix(std::min(item.size() + 1, request.size()));
    }
    return signatures;
}

std::string make_answer(std::string_view request, std::string_view result) {
    std::string answer = R"({"jsonrpc":"2.0","id":)";
    answer.append(text_after(request, R"("id":)", ','));
    return answer.append(R"(,"result":)").append(result).append("}");
}

} // namespace relay::bench
