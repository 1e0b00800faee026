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

TEST(Secrets, AreTakenOutOfTexts) {
    Secrets secrets;
    for (const auto* secret : {"", "abc", "word", "password", "%41%42"}) {
        secrets.add(secret);
    }
    struct Case {
        const char* text;
        const char* hidden;
    };
    for (const Case& known : {
             Case{"", ""},
             Case{"abc, no more", "abc, no more"},
             Case{"a password, a word", "a (hidden), a (hidden)"},
             Case{"wordword%41%42%", "(hidden)(hidden)(hidden)%"},
         }) {
        EXPECT_EQ(secrets.hide_in(known.text), known.hidden);
    }
}

} // namespace
} // namespace relay::base
