#include "relay/http/envelope.hpp"

#include "relay/http/message.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <set>
#include <string>

namespace relay::http {
namespace {

using nlohmann::json;
using Keys = std::set<std::string>;

Keys keys_of(const json& object) {
    Keys keys;
    for (const auto& [key, value] : object.items()) {
        keys.insert(key);
    }
    return keys;
}

TEST(Envelope, HasTheseKeysAndNoOthers) {
    const auto good = json::parse(success(200, {{"a", 1}}).body);
    EXPECT_EQ(keys_of(good), (Keys{"success", "data", "error"}));
    EXPECT_EQ(good, (json{{"success", true}, {"data", {{"a", 1}}}, {"error", nullptr}}));

    const auto bad = json::parse(failure(400, "c", "m").body);
    EXPECT_EQ(keys_of(bad), (Keys{"success", "data", "error"}));
    EXPECT_EQ(bad, (json{{"success", false},
                         {"data", nullptr},
                         {"error", {{"code", "c"}, {"message", "m"}}}}));
}

TEST(Envelope, FieldAndHintStandWhereThereIsOne) {
    EXPECT_EQ(json::parse(failure(400, "c", "m", "f").body).at("error"),
              (json{{"code", "c"}, {"message", "m"}, {"field", "f"}}));
    EXPECT_EQ(json::parse(failure(400, "c", "m", {}, "h").body).at("error"),
              (json{{"code", "c"}, {"message", "m"}, {"hint", "h"}}));
    const auto later = try_later(503, "c", "m", std::chrono::seconds(7), "h");
    EXPECT_EQ(later.headers.at(0), (std::pair<std::string, std::string>{"Retry-After", "7"}));
    EXPECT_EQ(json::parse(later.body).at("error").at("hint"), "h");
}

} // namespace
} // namespace relay::http
