#include "relay/base/secret.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace relay::base {
namespace {

TEST(EqualSecrets, OnlyTheSameIsEqual) {
    EXPECT_TRUE(equal_secrets("", ""));
    EXPECT_TRUE(equal_secrets("Bearer secret", "Bearer secret"));
    for (const std::string_view given : {"", "x", "Bearer secre", "Bearer secret ", "bearer secret",
                                         "Bearer secretBearer secret"}) {
        EXPECT_FALSE(equal_secrets(given, "Bearer secret")) << given;
    }
    EXPECT_FALSE(equal_secrets("x", ""));
}

} // namespace
} // namespace relay::base
