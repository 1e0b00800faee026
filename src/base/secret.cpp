#include "relay/base/secret.hpp"

#include <cstddef>
#include <string_view>

namespace relay::base {

bool equal_secrets(std::string_view given, std::string_view secret) {
    // volatile: the compiler must not leave the loop at the first difference.
    volatile unsigned char difference = given.size() == secret.size() ? 0 : 1;
    for (std::size_t index = 0; index < given.size(); ++index) {
        const char other = secret.empty() ? '\0' : secret[index % secret.size()];
        difference = static_cast<unsigned char>(difference | (given[index] ^ other));
    }
    return difference == 0;
}

} // namespace relay::base
