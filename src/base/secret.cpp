#include "relay/base/secret.hpp"

#include <openssl/crypto.h>
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace relay::base {

bool equal_secrets(std::string_view given, std::string_view secret) {
    // Where the lengths differ, as many bytes are compared, for nothing: the secret's length is
    // not told either.
    const bool same_length = given.size() == secret.size();
    const auto other = same_length ? secret : given;
    return CRYPTO_memcmp(given.data(), other.data(), given.size()) == 0 && same_length;
}

void Secrets::add(std::string secret) {
    constexpr std::size_t kShortest = 4;
    if (secret.size() < kShortest) {
        return;
    }
    const auto place = std::ranges::find_if(
        secrets_, [&](const std::string& other) { return other.size() < secret.size(); });
    secrets_.insert(place, std::move(secret));
}

std::string Secrets::hide_in(std::string text) const {
    constexpr std::string_view kHidden = "(hidden)";
    for (const auto& secret : secrets_) {
        for (auto at = text.find(secret); at != std::string::npos;
             at = text.find(secret, at + kHidden.size())) {
            text.replace(at, secret.size(), kHidden);
        }
    }
    return text;
}

} // namespace relay::base
