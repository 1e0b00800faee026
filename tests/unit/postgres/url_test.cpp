// What of a database URL is told, and that nothing of its login ever is.

#include "url.hpp"

#include "support/base/mutations.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace relay::postgres {
namespace {

constexpr std::string_view kPassword = "Zq7Xw9Kv";

TEST(DatabaseUrl, Reads) {
    for (const char* text :
         {"postgresql://h/d", "postgres://u:p%40q@h:5432/d?sslmode=require", "postgresql:///d",
          "postgresql://u@/d?host=/run/postgresql", "postgresql://[::1]:1/d",
          "postgresql://one:1,two:2/d", "postgresql://%2Frun%2Fpg/d", "postgresql://u:?#&@h/d",
          "host=h dbname=d password='a b'", "host=/run/postgresql", "service=relay",
          "host=one,two port=1,2 hostaddr=192.0.2.1,::1", "dbname='a database'"}) {
        EXPECT_TRUE(DatabaseUrl::parse(text).has_value()) << text;
    }
}

TEST(DatabaseUrl, RefusesWhatLibpqWouldQuote) {
    for (const char* text :
         {"relay", "http://h/d", "postgresql://u:secret%@h/d", "postgresql://u:secret%zz@h/d",
          "postgresql://u:secret/x@h/d", "postgresql://u:1/secret@h/d", "postgresql://u:secret",
          "postgresql://u:a@secret@h/d", "postgresql://u@secret@h/d", "postgresql://h:65536/d",
          "postgresql://h/d/secret", "postgresql://h h/d", "host=h_password=secret",
          "host='h password=secret'", "dbname=d_password=secret", "port=5432,secret",
          "host=h password", "host=h secret=secret", "hostaddr=secret/1"}) {
        const auto url = DatabaseUrl::parse(text);
        ASSERT_FALSE(url.has_value()) << text;
        EXPECT_FALSE(url.error().message.contains("secret")) << text;
    }
}

TEST(DatabaseUrl, HidesItsSecrets) {
    struct Case {
        const char* url;
        const char* said;
        const char* told;
    };
    for (const Case& known : {
             Case{"postgresql://u:p%40ssword@h/d", "no p@ssword nor p%40ssword",
                  "no (hidden) nor (hidden)"},
             Case{"postgresql://u:password@h/d", R"(role "u")", R"(role "u")"},
             Case{"postgresql://upassword@h/d", R"(role "upassword" at h)", "role (hidden) at h"},
             Case{"host=h password=password sslpassword=other1", "password, other1",
                  "(hidden), (hidden)"},
         }) {
        const auto url = DatabaseUrl::parse(known.url);
        ASSERT_TRUE(url.has_value()) << known.url;
        EXPECT_EQ(url->secrets.hide_in(known.said), known.told);
    }
}

/// What libpq and the server quote of a URL.
std::string quoted(const DatabaseUrl& url) {
    std::string text;
    for (const auto* keyword : {"host", "hostaddr", "port", "dbname", "user", "options"}) {
        if (const auto found = url.parameters.find(keyword); found != url.parameters.end()) {
            text += std::string(keyword) + " \"" + found->second + "\" ";
        }
    }
    return url.secrets.hide_in(text);
}

TEST(DatabaseUrl, TellsNothingOfAPasswordAfterASlipOfThePen) {
    const std::string password(kPassword);
    const std::vector<std::string> texts = {
        "postgresql://relay:" + password + "@db.example:5432/relay",
        "postgresql://relay:" + password + "@db.example/relay?sslmode=require",
        "postgresql://relay:" + password + "@one:5432,two:5432/relay",
        "postgres://relay:" + password + "@[::1]:5432/relay",
        "host=db.example port=5432 user=relay password=" + password + " dbname=relay",
    };
    test::expect_untold(texts, kPassword, [](const std::string& slip) {
        const auto url = DatabaseUrl::parse(slip);
        return url ? quoted(*url) : url.error().message;
    });
}

} // namespace
} // namespace relay::postgres
