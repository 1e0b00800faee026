#include "relay/groth16/verifying_key.hpp"

#include "gnark_key.hpp"
#include "json_key.hpp"
#include "relay/base/encoding.hpp"
#include "relay/base/error.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <expected>
#include <string_view>
#include <utility>

namespace relay::groth16 {
namespace {

constexpr std::string_view kWhiteSpace = " \t\r\n";

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(kWhiteSpace);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1);
}

Selector selector_of(base::ByteView key) {
    std::array<std::uint8_t, crypto_hash_sha256_BYTES> hash{};
    crypto_hash_sha256(hash.data(), key.data(), key.size());
    Selector selector{};
    std::copy_n(hash.begin(), selector.size(), selector.begin());
    return selector;
}

} // namespace

base::Result<VerifyingKey> VerifyingKey::parse(std::string_view file) {
    const auto from_gnark = [](base::ByteView bytes) -> base::Result<VerifyingKey> {
        auto points = read_gnark_key(bytes);
        if (!points) {
            return std::unexpected(std::move(points.error()));
        }
        return VerifyingKey(selector_of(bytes), *points);
    };
    // gnark's first byte has its highest bit set, which none of a text has.
    if (!file.empty() && (static_cast<std::uint8_t>(file.front()) & 0x80) != 0) {
        return from_gnark({reinterpret_cast<const std::uint8_t*>(file.data()), file.size()});
    }
    std::string_view text = trimmed(file);
    if (text.empty()) {
        return base::fail("is empty");
    }
    if (text.front() == '{') {
        auto key = read_json_key(text);
        if (!key) {
            return std::unexpected(std::move(key.error()));
        }
        return VerifyingKey(key->selector, key->points);
    }
    text.remove_prefix(text.starts_with("0x") ? 2 : 0);
    const auto bytes = base::decode_hex(text);
    if (!bytes) {
        return base::fail("is neither gnark's bytes of a verifying key, nor their hex, nor JSON");
    }
    return from_gnark(*bytes);
}

} // namespace relay::groth16
