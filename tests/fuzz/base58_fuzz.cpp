// Texts that claim to be base58, hex or base64: what is read must be written back the same.

#include "relay/base/encoding.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto bytes = relay::base::decode_base58(text)) {
        if (relay::base::encode_base58(*bytes) != text) {
            std::abort();
        }
    }
    if (const auto bytes = relay::base::decode_base64(text)) {
        if (relay::base::encode_base64(*bytes) != text) {
            std::abort();
        }
    }
    if (const auto bytes = relay::base::decode_hex(text)) {
        if (relay::base::encode_hex(*bytes).size() != text.size()) {
            std::abort();
        }
    }
    const relay::base::ByteView raw(data, size);
    if (size <= 64 && relay::base::decode_base58(relay::base::encode_base58(raw)) !=
                          relay::base::Bytes(raw.begin(), raw.end())) {
        std::abort();
    }
    return 0;
}
