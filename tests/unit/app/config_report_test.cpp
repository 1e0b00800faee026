#include "config_report.hpp"

#include "command_line_fixture.hpp"
#include "relay/app/command_line.hpp"
#include "support/base/temporary_file.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace relay::app {
namespace {

using nlohmann::json;

class ConfigReportTest : public CommandLineTest {};

TEST_F(ConfigReportTest, EachSettingIsToldWithItsSource) {
    const test::TemporaryFile file("[worker]\nlease = \"4s\"\n[admin]\ntoken = \"hunter2\"\n");
    set("RELAY_RETRY_MAX", "7");
    const auto choice =
        invoke({"config", "--config", file.path(), "--http-port=4", "--json"}).choice;
    EXPECT_FALSE(choice.fault);
    std::vector<std::string> names;
    json told;
    for (const auto& setting : json::parse(config_json(choice))) {
        told[setting.at("name").get<std::string>()] = {setting.at("value"), setting.at("source")};
    }
    EXPECT_EQ(told.size(), setting_infos().size());
    EXPECT_EQ(told["http-port"], json({"4", "--http-port"}));
    EXPECT_EQ(told["retry-max"], json({"7", "RELAY_RETRY_MAX"}));
    EXPECT_EQ(told["worker-lease"],
              json({"4s", std::string(file.path()) + ", line 2: worker-lease"}));
    EXPECT_EQ(told["admin-token"],
              json({"(set)", std::string(file.path()) + ", line 4: admin-token"}));
    EXPECT_EQ(told["http-host"], json({"127.0.0.1", "default"}));
    EXPECT_EQ(told["database-url"], json({"postgresql://127.0.0.1:5432/relay", "default"}));
}

TEST_F(ConfigReportTest, NoSecretIsPrinted) {
    const test::TemporaryFile secret("hunter2");
    set("RELAY_ADMIN_TOKEN_FILE", secret.path());
    set("RELAY_DATABASE_URL", "postgresql://u:hunter2@h/d");
    set("RELAY_SOLANA_RPC_URLS", "https://h/?key=hunter2");
    set("RELAY_REDIS_URL", "redis://:hunter2@h"); // a bad one, which config shows all the same
    const auto choice = invoke({"config"}).choice;
    EXPECT_EQ(config_text(choice).find("hunter2"), std::string::npos);
    EXPECT_EQ(config_json(choice).find("hunter2"), std::string::npos);
    EXPECT_NE(config_text(choice).find("RELAY_ADMIN_TOKEN_FILE"), std::string::npos);
}

TEST_F(ConfigReportTest, BadSettingsAreShownWithTheirFault) {
    set("RELAY_HTTP_PORT", "many");
    ::unsetenv("RELAY_SOLANA_KEYPAIR");
    const auto choice = invoke({"config"}).choice;
    ASSERT_TRUE(choice.fault);
    EXPECT_TRUE(choice.fault->starts_with("RELAY_HTTP_PORT: must be"));
    EXPECT_NE(config_text(choice).find("many"), std::string::npos);
}

} // namespace
} // namespace relay::app
