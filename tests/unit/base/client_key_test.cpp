#include "relay/base/client_key.hpp"

#include <gtest/gtest.h>
#include <set>
#include <string>

namespace relay::base {
namespace {

TEST(ClientKeys, AreOfTheAddressAndOfTheProcess) {
    const ClientKeys keys;
    EXPECT_EQ(keys.of("203.0.113.1"), keys.of("203.0.113.1"));
    EXPECT_NE(keys.of("203.0.113.1"), ClientKeys().of("203.0.113.1"));
    std::set<ClientKey> found;
    for (int host = 0; host < 256; ++host) {
        found.insert(keys.of("203.0.113." + std::to_string(host)));
    }
    EXPECT_EQ(found.size(), 256U);
    EXPECT_NE(keys.of(std::string(ClientKeys::kMaxAddressText, 'a')), keys.of(""));
}

} // namespace
} // namespace relay::base
