#include "relay/base/client_key.hpp"

#include "relay/base/blake3.hpp"
#include "relay/base/encoding.hpp"

#include <sys/random.h>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace relay::base {

ClientKeys::ClientKeys() {
    if (!std::cmp_equal(::getrandom(secret_.data(), secret_.size(), 0), secret_.size())) {
        throw std::runtime_error("the system gave no random bytes");
    }
}

// The secret first: of a hash whose beginning is not known, nothing can be foretold.
ClientKey ClientKeys::of(std::string_view address) const {
    assert(address.size() <= kMaxAddressText);
    Bytes bytes(secret_.begin(), secret_.end());
    bytes.insert(bytes.end(), address.begin(), address.end());
    std::uint64_t key = 0;
    const auto hash = blake3(bytes);
    for (std::size_t index = 0; index < sizeof(key); ++index) {
        key = key << 8U | hash[index];
    }
    return ClientKey{key};
}

} // namespace relay::base
