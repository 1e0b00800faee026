#include "config_file.hpp"

#include "relay/app/settings.hpp"
#include "relay/base/error.hpp"
#include "support/base/temporary_file.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace relay::app {
namespace {

base::Result<ConfigValues> read(const std::string& text) {
    const test::TemporaryFile file(text);
    return read_config_file(file.path(), setting_infos());
}

TEST(ConfigFile, TablesAndKeysAreSettings) {
    const auto values = read(R"(
rate_limit = 5 # a comment
solana.rpc_urls = [
    "http://a",
    'http://b/?key=#1',
]
[worker]
lease = "5s"
"poll_interval" = """10ms"""
[http]
max_connections = 1_000
cors_origins = "https://one.example"
[admin]
token = "quote \" and \u0041"
)");
    ASSERT_TRUE(values) << values.error().message;
    EXPECT_EQ(values->size(), 7U);
    EXPECT_EQ(values->at("rate-limit").text, "5");
    EXPECT_EQ(values->at("rate-limit").line, 2U);
    EXPECT_EQ(values->at("solana-rpc-urls").text, "http://a,http://b/?key=#1");
    EXPECT_EQ(values->at("worker-lease").text, "5s");
    EXPECT_EQ(values->at("worker-lease").line, 8U);
    EXPECT_EQ(values->at("worker-poll-interval").text, "10ms");
    EXPECT_EQ(values->at("http-max-connections").text, "1000");
    EXPECT_EQ(values->at("http-cors-origins").text, "https://one.example");
    EXPECT_EQ(values->at("admin-token").text, "quote \" and A");
}

TEST(ConfigFile, AnEmptyOneSetsNothing) {
    for (const char* text : {"", "\n\n", "# only words", "[worker]\n"}) {
        const auto values = read(text);
        ASSERT_TRUE(values) << values.error().message;
        EXPECT_TRUE(values->empty());
    }
}

TEST(ConfigFile, ErrorsNameTheLineTheKeyAndTheMend) {
    const std::vector<std::pair<std::string, std::vector<std::string>>> cases = {
        {"\n[worker]\nleese = \"1s\"",
         {"line 3, column 1", "no setting [worker] leese", "relayd --help"}},
        {"[nothing]\nx = 1", {"line 2", "[nothing] x"}},
        {"shutdown = 1", {"line 1", "shutdown"}},
        {"[http]\nport = \"3002\"",
         {"line 2, column 8", "[http] port", "a whole number, without quotes"}},
        {"[http]\nport = 3002.0", {"line 2, column 8", "a whole number"}},
        {"[http]\nport = true", {"line 2, column 8", "a whole number"}},
        {"[worker]\nlease = 60", {"line 2, column 9", "[worker] lease", "a text in quotes"}},
        {"[log]\nlevel = [\"info\"]", {"line 2", "[log] level", "a text in quotes"}},
        {"[solana]\nrpc_urls = [\"http://a\", 1]", {"line 2", "[solana] rpc_urls", "a list"}},
        {"[[worker]]\nlease = \"1s\"", {"line 1", "worker"}},
        {"[worker]\nlease = \"1s\"\nlease = \"2s\"", {"line 3", "lease is set twice", "keep one"}},
        {"[worker]\n[http]\n[worker]\n", {"line 3", "worker is set twice", "keep one"}},
        {"worker-lease = \"1s\"\n[worker]\nlease = \"1s\"",
         {"worker-lease", "is set in line 3 too", "keep one"}},
        {"[worker]\nlease = 60s", {"line 2", "no TOML", "in quotes"}},
        {"[worker]\nlease = ", {"line 2", "no TOML"}},
        {"[worker\nlease = \"1s\"", {"line 1", "no TOML"}},
        {"lease", {"line 1", "no TOML"}},
        {"[\x10", {"line 1", "no TOML"}},
        {"[http]\nport = 1\xc9\xaa", {"line 2", "no TOML"}},
        {"a = \"\xff\"", {"line 1", "no TOML"}},
    };
    for (const auto& [text, words] : cases) {
        const auto values = read(text);
        ASSERT_FALSE(values) << text;
        for (const auto& word : words) {
            EXPECT_NE(values.error().message.find(word), std::string::npos)
                << word << " in: " << values.error().message;
        }
        EXPECT_EQ(values.error().message.find('\n'), std::string::npos) << values.error().message;
    }
}

TEST(ConfigFile, ErrorsRepeatNoValue) {
    for (const char* text : {
             "[admin]\ntoken = hunter2",
             "[admin]\ntoken = 'hunter2",
             "[admin]\ntoken = \"hunter2",
             "[admin]\ntoken = \"hunter2\" hunter2",
             "[admin]\ntoken = [\"hunter2\"]",
             "[admin]\ntoken = \"x\"\nhunter2",
             "[admin]\nhunter2 = 1",
             "[admin]\n\"postgresql://u:hunter2@h\" = 1",
             "[admin]\n\"hunter2\" = 1\n\"hunter2\" = 1",
             "[hunter2]\ntoken = 1\n",
             "[database]\nurl = postgresql://u:hunter2@h",
             "[database]\nurl = 2hunter2",
             "[database]\nurl = \"\\hunter2\"",
         }) {
        const auto values = read(text);
        ASSERT_FALSE(values) << text;
        EXPECT_EQ(values.error().message.find("hunter2"), std::string::npos)
            << values.error().message;
    }
}

TEST(ConfigFile, WhatCannotBeReadIsSaid) {
    for (const char* path : {"/nowhere/relay.toml", "/tmp"}) {
        const auto values = read_config_file(path, setting_infos());
        ASSERT_FALSE(values);
        EXPECT_EQ(values.error().message, std::string("--config: cannot read ") + path);
    }
}

} // namespace
} // namespace relay::app
