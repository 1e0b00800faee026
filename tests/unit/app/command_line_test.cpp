#include "relay/app/command_line.hpp"

#include "command_line_fixture.hpp"
#include "command_table.hpp"
#include "relay/app/settings.hpp"
#include "support/base/temporary_file.hpp"

#include <gtest/gtest.h>

#include <unistd.h>
#include <chrono>
#include <cstdlib>
#include <string>
#include <variant>
#include <vector>

namespace relay::app {
namespace {

using std::chrono::milliseconds;

TEST_F(CommandLineTest, FlagsBeatTheEnvironmentWhichBeatsTheFile) {
    const test::TemporaryFile file(
        "[worker]\nlease = \"4s\"\npoll_interval = \"4s\"\n[retry]\nbase_delay = \"4s\"\n");
    set("RELAY_WORKER_LEASE", "3s");
    set("RELAY_WORKER_POLL_INTERVAL", "3s");
    const auto settings = invoke({"--config", file.path(), "--worker-lease=5s"}).settings;
    EXPECT_EQ(settings.engine.claims.lease, milliseconds(5'000));
    EXPECT_EQ(settings.engine.poll_interval, milliseconds(3'000));
    EXPECT_EQ(settings.engine.retry.base_delay, milliseconds(4'000));
    EXPECT_EQ(settings.engine.retry.max_delay, milliseconds(600'000));
}

TEST_F(CommandLineTest, AnEmptyVariableIsAValue) {
    const test::TemporaryFile file("[http]\ncors_origins = [\"https://a\"]\n");
    set("RELAY_CONFIG", file.path());
    EXPECT_EQ(invoke({}).settings.cors_origins.size(), 1U);
    set("RELAY_HTTP_CORS_ORIGINS", "");
    EXPECT_TRUE(invoke({}).settings.cors_origins.empty());
}

TEST_F(CommandLineTest, TheFileIsTheFlagsOrElseTheVariables) {
    const test::TemporaryFile one("[http]\nport = 1\n");
    const test::TemporaryFile two("[http]\nport = 2\n");
    EXPECT_EQ(invoke({}).settings.http.port, 3002);
    set("RELAY_CONFIG", one.path());
    EXPECT_EQ(invoke({}).settings.http.port, 1);
    EXPECT_EQ(invoke({"--config", two.path()}).settings.http.port, 2);
}

TEST_F(CommandLineTest, ASecretMayComeFromAFile) {
    const test::TemporaryFile secret("from-file \n\n");
    set("RELAY_ADMIN_TOKEN_FILE", secret.path());
    EXPECT_EQ(invoke({}).settings.admin_token, "from-file");
    set("RELAY_ADMIN_TOKEN", "direct");
    EXPECT_EQ(invoke({}).settings.admin_token, "direct");
    EXPECT_EQ(invoke({"--admin-token", "flag"}).settings.admin_token, "flag");
}

TEST_F(CommandLineTest, ASecretsFileBeatsTheConfigurationFile) {
    const test::TemporaryFile secret("from-secret");
    const test::TemporaryFile file("[admin]\ntoken = \"from-config\"\n");
    EXPECT_EQ(invoke({"--config", file.path()}).settings.admin_token, "from-config");
    set("RELAY_ADMIN_TOKEN_FILE", secret.path());
    EXPECT_EQ(invoke({"--config", file.path()}).settings.admin_token, "from-secret");
}

TEST_F(CommandLineTest, OfASecretsFileThatCannotBeReadTheSettingIsNamedAndNotThePath) {
    for (const char* path : {"/nowhere", "/tmp", "s3cret"}) {
        set("RELAY_DATABASE_URL_FILE", path);
        EXPECT_EQ(refusal({}),
                  "RELAY_DATABASE_URL_FILE: must name a file that can be read, and does not");
    }
}

TEST_F(CommandLineTest, OnlySecretsComeFromFiles) {
    const test::TemporaryFile number("1");
    set("RELAY_HTTP_PORT_FILE", number.path());
    EXPECT_TRUE(refusal({}).starts_with("RELAY_HTTP_PORT_FILE: there is no such setting"));
}

TEST_F(CommandLineTest, AVariableThatNobodyReadsIsRefused) {
    set("RELAY_HTTP_PROT", "4");
    EXPECT_EQ(refusal({}),
              "RELAY_HTTP_PROT: there is no such setting; did you mean RELAY_HTTP_PORT? (relayd "
              "--help lists the settings)");
    ::unsetenv("RELAY_HTTP_PROT");
    set("RELAY_SOMETHING_ELSE_ALTOGETHER", "hunter2");
    EXPECT_EQ(refusal({}),
              "RELAY_SOMETHING_ELSE_ALTOGETHER: there is no such setting (relayd --help lists the "
              "settings)");
    ::unsetenv("RELAY_SOMETHING_ELSE_ALTOGETHER");
    set("RELAY_PORT", "tcp://10.0.0.1:3002"); // by Kubernetes, for a service called relay
    set("RELAY_PORT_3002_TCP_ADDR", "10.0.0.1");
    set("RELAY_SERVICE_HOST", "10.0.0.1");
    EXPECT_EQ(invoke({}).settings.http.port, 3002);
}

TEST_F(CommandLineTest, ASecretOfTheEnvironmentIsTrimmedAsOneOfAFileIs) {
    set("RELAY_ADMIN_TOKEN", " secret\n");
    EXPECT_EQ(invoke({}).settings.admin_token, "secret");
}

TEST_F(CommandLineTest, ACommandNeedsOnlyItsOwnSettings) {
    ::unsetenv("RELAY_SOLANA_KEYPAIR");
    set("RELAY_REDIS_URL", "nonsense");
    EXPECT_EQ(invoke({"migrate"}).command, Command::Migrate);
    EXPECT_TRUE(refusal({"check"}).starts_with("RELAY_REDIS_URL: "));
    EXPECT_TRUE(refusal({"address"}).starts_with("RELAY_SOLANA_KEYPAIR: is required"));
    set("RELAY_DATABASE_URL", "");
    EXPECT_TRUE(refusal({"migrate"}).starts_with("RELAY_DATABASE_URL: "));
}

TEST_F(CommandLineTest, AskingARelayNeedsItsAddressAndNoMore) {
    ::unsetenv("RELAY_SOLANA_KEYPAIR");
    set("RELAY_REDIS_URL", "nonsense");
    set("RELAY_DATABASE_URL_FILE", "/nowhere");
    set("RELAY_HTTP_PORT", "4");
    set("RELAY_ADMIN_HOST", "10.0.0.1"); // the rule that it needs a token is for who serves
    EXPECT_EQ(invoke({"jobs"}).settings.admin.host, "10.0.0.1");
    EXPECT_EQ(invoke({"health"}).settings.admin.port, 9090);
    EXPECT_EQ(invoke({"submit", "-"}).settings.http.port, 4);
    set("RELAY_ADMIN_TOKEN_FILE", "/nowhere");
    EXPECT_EQ(refusal({"jobs"}),
              "RELAY_ADMIN_TOKEN_FILE: must name a file that can be read, and does not");
    EXPECT_EQ(refusal({"health"}), "accepted");
    EXPECT_EQ(refusal({"status", "x"}), "accepted");
    set("RELAY_HTTP_PROT", "4");
    EXPECT_EQ(refusal({"man"}), "accepted");
}

TEST_F(CommandLineTest, AMistypedCommandOrFlagIsTold) {
    EXPECT_EQ(refusal({"migrat"}),
              "an argument stands where a flag or a command belongs; did you mean migrate? (relayd "
              "--help lists the settings)");
    EXPECT_NE(refusal({"dead", "discrad", "x"}).find("did you mean discard?"), std::string::npos);
    EXPECT_NE(refusal({"jobs", "--sttaus=failed"}).find("did you mean --status?"),
              std::string::npos);
    EXPECT_NE(refusal({"jobs", "--reason=x"}).find("there is no flag --reason"), std::string::npos);
}

TEST_F(CommandLineTest, ACommandHasItsWords) {
    struct Row {
        std::vector<std::string> arguments;
        Command command;
        CommandWords words;
    };
    const std::vector<Row> rows = {
        {{"jobs"}, Command::Jobs, {}},
        {{"jobs", "--status", "failed", "--limit=5", "--json"},
         Command::Jobs,
         {"", {{"status", "failed"}, {"limit", "5"}, {"json", "true"}}}},
        {{"job", "some-id", "--payload"}, Command::Job, {"some-id", {{"payload", "true"}}}},
        {{"find", "0xab"}, Command::Find, {"0xab", {}}},
        {{"find", "serve"}, Command::Find, {"serve", {}}},
        {{"dead", "list"}, Command::DeadList, {}},
        {{"dead", "retry", "some-id"}, Command::DeadRetry, {"some-id", {}}},
        {{"dead", "retry", "--code=x", "--older-than", "1h", "--dry-run"},
         Command::DeadRetry,
         {"", {{"code", "x"}, {"older-than", "1h"}, {"dry-run", "true"}}}},
        {{"dead", "discard", "some-id", "--url", "http://h:1"},
         Command::DeadDiscard,
         {"some-id", {{"url", "http://h:1"}}}},
        {{"pause", "--reason", "an upgrade of the chain", "--until=2027-01-31T12:00:00Z"},
         Command::Pause,
         {"", {{"reason", "an upgrade of the chain"}, {"until", "2027-01-31T12:00:00Z"}}}},
        {{"submit", "-", "--wait"}, Command::Submit, {"-", {{"wait", "true"}}}},
        {{"--http-port", "1", "status", "some-id"}, Command::Status, {"some-id", {}}},
        {{"status", "some-id", "--http-port", "1"}, Command::Status, {"some-id", {}}},
        {{"completions", "bash"}, Command::Completions, {"bash", {}}},
    };
    for (const auto& row : rows) {
        const auto invocation = invoke(row.arguments);
        EXPECT_EQ(invocation.command, row.command) << row.arguments[0];
        EXPECT_EQ(invocation.words.argument, row.words.argument) << row.arguments[0];
        EXPECT_EQ(invocation.words.flags, row.words.flags) << row.arguments[0];
    }
}

TEST_F(CommandLineTest, ACommandWithoutItsArgumentIsTold) {
    for (const char* name : {"job", "find", "submit", "status", "keygen", "completions"}) {
        EXPECT_NE(refusal({name}).find(" needs an argument: relayd " + std::string(name)),
                  std::string::npos);
    }
    EXPECT_NE(refusal({"dead", "discard"}).find("needs an argument: relayd dead discard ID"),
              std::string::npos);
    EXPECT_NE(refusal({"dead"}).find("dead is half a command: dead list, dead retry"),
              std::string::npos);
}

TEST_F(CommandLineTest, SecretsAreBlankedInArgv) {
    const auto settings = invoke({"--admin-token", "admin-token", "--redis-url=redis://:hunter2@h",
                                  "serve", "--database-url=postgresql://u:hunter2@h/d",
                                  "--solana-rpc-urls", "http://h/hunter2", "--http-port=4"})
                              .settings;
    EXPECT_EQ(settings.admin_token, "admin-token");
    EXPECT_EQ(settings.redis.password, "hunter2");
    const std::vector<std::string> blanked = {
        "relayd",
        "--admin-token",
        "***********",
        "--redis-url=" + std::string(18, '*'),
        "serve",
        "--database-url=" + std::string(26, '*'),
        "--solana-rpc-urls",
        std::string(16, '*'),
        "--http-port=4",
    };
    EXPECT_EQ(arguments_, blanked);
}

TEST_F(CommandLineTest, AShortSecretIsBlankedToo) {
    EXPECT_EQ(invoke({"--admin-token=a"}).settings.admin_token, "a");
    EXPECT_EQ(arguments_.at(1), "--admin-token=*");
}

TEST_F(CommandLineTest, CommandsStandAnywhere) {
    EXPECT_EQ(invoke({}).command, Command::Serve);
    EXPECT_EQ(invoke({"serve"}).command, Command::Serve);
    EXPECT_EQ(invoke({"check", "--http-port", "1"}).command, Command::Check);
    EXPECT_EQ(invoke({"--http-port", "1", "migrate"}).command, Command::Migrate);
    EXPECT_EQ(invoke({"address"}).command, Command::Address);
}

TEST_F(CommandLineTest, HelpAndVersionAreTextsAndNoMore) {
    set("RELAY_HTTP_PORT", "bad"); // not looked at
    const auto help = parse({"--help"});
    ASSERT_TRUE(help);
    const auto text = std::get<Finished>(help->outcome).text;
    for (const auto& info : setting_infos()) {
        EXPECT_NE(text.find("--" + info.name), std::string::npos) << info.name;
        EXPECT_NE(text.find(info.environment()), std::string::npos) << info.name;
    }
    for (const auto& command : command_infos()) {
        EXPECT_NE(text.find("  " + command.synopsis() + "  "), std::string::npos) << command.name;
    }
    const auto jobs = std::get<Finished>(parse({"jobs", "--help"})->outcome).text;
    EXPECT_TRUE(jobs.starts_with("usage: relayd jobs [flags]\n\nlist jobs")) << jobs;
    EXPECT_NE(jobs.find("--older-than DURATION"), std::string::npos) << jobs;
    const auto version = parse({"--version"});
    ASSERT_TRUE(version);
    EXPECT_TRUE(std::get<Finished>(version->outcome).text.starts_with("relayd "));
}

TEST_F(CommandLineTest, ABadValueIsNamedByWhereItStands) {
    EXPECT_TRUE(refusal({"--http-port=x"}).starts_with("--http-port: must be"));
    set("RELAY_HTTP_PORT", "y");
    EXPECT_TRUE(refusal({}).starts_with("RELAY_HTTP_PORT: must be"));
    ::unsetenv("RELAY_HTTP_PORT");
    const test::TemporaryFile file("\n[http]\nport = 70000\n");
    EXPECT_TRUE(refusal({"--config", file.path()})
                    .starts_with(std::string(file.path()) + ", line 3: http-port: must be"))
        << refusal({"--config", file.path()});
    ::unsetenv("RELAY_SOLANA_KEYPAIR");
    EXPECT_TRUE(refusal({}).starts_with("RELAY_SOLANA_KEYPAIR: is required"));
}

TEST_F(CommandLineTest, WhatIsNotUnderstoodIsRefusedWithoutItsValue) {
    EXPECT_EQ(refusal({"--admin-tokn=hunter2"}),
              "there is no flag --admin-tokn; did you mean --admin-token? (relayd --help lists the "
              "settings)");
    for (const auto& arguments : std::vector<std::vector<std::string>>{
             {"--admin-tokn", "hunter2"},
             {"--admin-token", "x", "hunter2"},
             {"hunter2"},
             {"serve", "hunter2"},
             {"serve", "--nothing=hunter2"},
             {"--admin-token=hunter2", "--admin-token=hunter2"},
             {"--admin-token=hunter2", "--http-port"},
             {"--admin-token=hunter2", "serve", "check"},
             {"--redis-url=redis://:hunter2@"},
             {"--database-url=postgresql://u:hunter2@[h"},
         }) {
        const auto words = refusal(arguments);
        EXPECT_NE(words, "accepted");
        EXPECT_EQ(words.find("hunter2"), std::string::npos) << words;
    }
}

} // namespace
} // namespace relay::app
