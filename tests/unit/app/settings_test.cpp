#include "relay/app/settings.hpp"

#include <gtest/gtest.h>
#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <string>
#include <utility>
#include <vector>

namespace relay::app {
namespace {

using std::chrono::milliseconds;
using Values = std::map<std::string, std::string>;

NamedSource source(const std::string& name, Values values) {
    return {[name](const SettingInfo& info) { return name + " " + info.name; },
            [values = std::move(values)](const SettingInfo& info) {
                const auto found = values.find(info.name);
                return found == values.end() ? std::nullopt : std::optional(found->second);
            }};
}

base::Result<Settings> read(Values values) {
    values.emplace("solana-keypair", "/key.json");
    return read_settings({source("test", std::move(values))});
}

TEST(Settings, DefaultsAreThoseOfTheContract) {
    const auto settings = read({});
    ASSERT_TRUE(settings);
    EXPECT_EQ(settings->http.port, 3002);
    EXPECT_EQ(settings->admin.port, 9090);
    EXPECT_EQ(settings->database.connections, 4U);
    EXPECT_EQ(settings->engine.claims.places, 10U);
    EXPECT_EQ(settings->engine.poll_interval, milliseconds(1000));
    EXPECT_EQ(settings->engine.claims.lease, milliseconds(60'000));
    EXPECT_EQ(settings->engine.retry.max_retries, 3);
    EXPECT_EQ(settings->engine.retry.delay(0), milliseconds(30'000));
    EXPECT_EQ(settings->engine.retry.delay(2), milliseconds(120'000));
    EXPECT_FALSE(settings->engine.sizes.fixed);
    EXPECT_FALSE(settings->engine.prices.rules.fixed);
    EXPECT_EQ(settings->solana.min_balance.value, 10'000'000U);
    EXPECT_EQ(settings->engine.max_backlog, 100'000U);
    EXPECT_EQ(settings->redis.prefix, "shield-relay");
    EXPECT_EQ(settings->solana.plan.accounts.pool.to_string(),
              "8qfoLv3ymyn4D9TUXBoECMEAaRZrGNqv7vXvhxJV9eo1");
}

TEST(Settings, EarlierSourcesBeatLaterOnes) {
    const auto settings = read_settings(
        {source("flag", {{"worker-lease", "5s"}}),
         source("environment", {{"worker-lease", "6s"}, {"http-port", "1"}}),
         source("file", {{"http-port", "2"}, {"admin-port", "3"}, {"solana-keypair", "k"}})});
    ASSERT_TRUE(settings);
    EXPECT_EQ(settings->engine.claims.lease, milliseconds(5000));
    EXPECT_EQ(settings->http.port, 1);
    EXPECT_EQ(settings->admin.port, 3);
}

TEST(Settings, BadValuesAreNamedWithWhatWouldBeRight) {
    const std::vector<std::pair<Values, std::string>> cases = {
        {{{"http-port", "65536"}}, "0 to 65535"},
        {{{"http-port", ""}}, "whole number"},
        {{{"http-port", "80 "}}, "whole number"},
        {{{"worker-lease", "10"}}, "duration"},
        {{{"worker-lease", "-1s"}}, "duration"},
        {{{"worker-lease", "10ms"}}, "at least 1000ms"},
        {{{"worker-max-concurrent-jobs", "1.5"}}, "whole number"},
        {{{"solana-commitment", "processed"}}, "confirmed, finalized"},
        {{{"solana-program-id", "xyz"}}, "base58"},
        {{{"solana-pool", "0OIl"}}, "base58"},
        {{{"solana-rpc-urls", "ftp://x"}}, "http"},
        {{{"solana-rpc-urls", " , "}}, "at least one"},
        {{{"redis-url", "redis://:@h"}}, "login"},
        {{{"solana-keypair", ""}}, "required"},
        {{{"log-level", "loud"}}, "debug, info"},
        {{{"http-cors-origins", "*, https://a"}}, "alone"},
        {{{"http-trusted-proxies", "10.0.0.0/8, proxy"}}, "proxy is no network"},
        {{{"retention-failed", "30d"}}, "or 0 for ever"},
        {{{"retention-completed", "-1"}}, "or 0 for ever"},
    };
    for (const auto& [values, hint] : cases) {
        const auto settings = read(values);
        ASSERT_FALSE(settings) << values.begin()->first;
        EXPECT_NE(settings.error().message.find(values.begin()->first), std::string::npos)
            << settings.error().message;
        EXPECT_NE(settings.error().message.find(hint), std::string::npos)
            << settings.error().message;
    }
}

TEST(Settings, WhatIsKeptForEverIsKeptForZero) {
    const auto usual = read({});
    ASSERT_TRUE(usual);
    EXPECT_EQ(usual->retention.completed.count(), 0);
    EXPECT_EQ(usual->retention.failed, std::chrono::hours(720));
    const auto settings = read({{"retention-completed", "90m"}, {"retention-failed", "0s"}});
    ASSERT_TRUE(settings);
    EXPECT_EQ(settings->retention.completed, std::chrono::minutes(90));
    EXPECT_EQ(settings->retention.failed.count(), 0);
}

TEST(Settings, SecretsStayOutOfErrors) {
    const auto settings = read({{"redis-url", "redis://user:hunter2@/x"}});
    ASSERT_FALSE(settings);
    EXPECT_EQ(settings.error().message.find("hunter2"), std::string::npos);
    const auto rpc = read({{"solana-rpc-urls", "https://host:99999/?key=hunter2"}});
    ASSERT_FALSE(rpc);
    EXPECT_EQ(rpc.error().message.find("hunter2"), std::string::npos);
}

TEST(Settings, AnOpenAdminListenerNeedsAToken) {
    EXPECT_FALSE(read({{"admin-host", "0.0.0.0"}}));
    EXPECT_TRUE(read({{"admin-host", "0.0.0.0"}, {"admin-token", "t"}}));
    EXPECT_TRUE(read({{"admin-host", "::1"}}));
}

TEST(Settings, TheExampleFileExplainsEveryKeyAtItsDefault) {
    std::ifstream file(RELAY_EXAMPLE_CONFIG);
    ASSERT_TRUE(file) << RELAY_EXAMPLE_CONFIG;
    const std::regex section_line(R"(^#? ?\[([a-z_]+)\]$)");
    const std::regex key_line(R"(^#? ?([a-z_]+) = (.*)$)");
    std::map<std::string, std::string> keys;
    std::string section;
    for (std::string line; std::getline(file, line);) {
        std::smatch found;
        if (std::regex_match(line, found, section_line)) {
            section = found[1].str() + "-";
        } else if (std::regex_match(line, found, key_line)) {
            auto name = section + found[1].str();
            std::ranges::replace(name, '_', '-');
            auto value = found[2].str();
            std::erase_if(value,
                          [](char mark) { return mark == '"' || mark == '[' || mark == ']'; });
            keys[name] = value;
        }
    }
    for (const auto& info : setting_infos()) {
        ASSERT_TRUE(keys.contains(info.name)) << info.name;
        if (!info.default_text.empty()) {
            EXPECT_EQ(keys[info.name], info.default_text) << info.name;
        }
        keys.erase(info.name);
    }
    EXPECT_TRUE(keys.empty()) << keys.begin()->first << " is no setting";
}

} // namespace
} // namespace relay::app
