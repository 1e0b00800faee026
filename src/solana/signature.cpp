#include "relay/solana/signature.hpp"

#include "relay/base/encoding.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace relay::solana {

std::optional<Signature> Signature::parse(std::string_view base58) {
    const std::optional<base::Bytes> decoded = base::decode_base58(base58);
    Signature signature;
    if (!decoded || decoded->size() != signature.bytes.size()) {
        return std::nullopt;
    }
    std::ranges::copy(*decoded, signature.bytes.begin());
    return signature;
}

std::string Signature::to_string() const {
    return base::encode_base58(bytes);
}

} // namespace relay::solana
