#include "relay/base/secret.hpp"

#include <openssl/crypto.h>
#include <string_view>

namespace relay::base {

bool equal_secrets(std::string_view given, std::string_view secret) {
    // Where the lengths differ, as many bytes are compared, for nothing: the secret's length is
    // not told either.
    const bool same_length = given.size() == secret.size();
    const auto other = same_length ? secret : given;
    return CRYPTO_memcmp(given.data(), other.data(), given.size()) == 0 && same_length;
}

} // namespace relay::base
