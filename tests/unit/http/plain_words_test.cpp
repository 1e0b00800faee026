#include "plain_words.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace relay::http {
namespace {

TEST(PlainWords, NameNothingOfTheOperators) {
    for (const auto& [text, plain] : {
             std::pair{"http://10.0.0.1:8899: Connection refused", "...: Connection refused"},
             std::pair{"https://rpc.example:443: no answer within the time limit",
                       "...: no answer within the time limit"},
             std::pair{"redis: WRONGPASS invalid username-password pair or user is disabled.",
                       "redis: WRONGPASS invalid username-password pair or user is disabled."},
             std::pair{"postgres: connection to server at \"db.internal\" (10.1.2.3), port 5432 "
                       "failed: FATAL: no pg_hba entry for user \"relay\"",
                       "postgres: connection to server at ... (...), port 5432 failed: FATAL: "
                       "no pg_hba entry for user ..."},
             std::pair{"connection to server on socket \"/run/postgresql/.s.PGSQL.5432\" failed",
                       "connection to server on socket ... failed"},
             std::pair{"localhost:6379 is away; cache.internal, too", "... is away; ..., too"},
             std::pair{"cannot open /etc/relay/key.pem", "cannot open ..."},
             std::pair{"an unclosed \"quote hides the rest", "an unclosed ..."},
             std::pair{"it is of another cluster: its genesis hash is 5eyk, not 4uhc",
                       "it is of another cluster: its genesis hash is 5eyk, not 4uhc"},
             std::pair{"", ""},
         }) {
        EXPECT_EQ(plain_words(text), plain);
    }
}

} // namespace
} // namespace relay::http
