// URLs as an operator may write them, and what libpq is then told.

#include "parameters.hpp"

#include "relay/base/error.hpp"
#include "relay/postgres/settings.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace relay::postgres {
namespace {

using std::chrono::milliseconds;

base::Result<std::vector<std::string>> find(const std::string& host) {
    if (host == "one") {
        return std::vector<std::string>{"192.0.2.1"};
    }
    if (host == "two") {
        return std::vector<std::string>{"192.0.2.2", "2001:db8::2"};
    }
    if (host == "127.0.0.1") {
        return std::vector<std::string>{host};
    }
    return base::fail("no address of " + host);
}

std::string told(const std::string& url) {
    Settings settings;
    settings.url = url;
    return connection_parameters(settings, find, Server::Writable);
}

/// Whether the text has the parameter, its value between quotes.
testing::AssertionResult has(const std::string& text, const std::string& parameter) {
    if ((" " + text + " ").find(" " + parameter + " ") != std::string::npos) {
        return testing::AssertionSuccess();
    }
    return testing::AssertionFailure() << parameter << " is not in: " << text;
}

class PostgresParameters : public testing::Test {
  protected:
    void SetUp() override {
        for (const auto* name : {"PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE"}) {
            ::unsetenv(name);
        }
    }
    void TearDown() override { SetUp(); }
};

TEST_F(PostgresParameters, HaveTheRelaysLimitsWhereTheUrlIsSilent) {
    Settings settings;
    settings.url = "postgresql://one/d";
    settings.connect_timeout = milliseconds(1);
    EXPECT_EQ(connection_parameters(settings, find, Server::Writable),
              "application_name='shield-relay' client_encoding='UTF8' connect_timeout='2' "
              "dbname='d' host='one' hostaddr='192.0.2.1' keepalives_count='2' "
              "keepalives_idle='5' keepalives_interval='1' port='5432' "
              "target_session_attrs='read-write' tcp_user_timeout='3000'");
    settings.connect_timeout = milliseconds(3'001);
    EXPECT_TRUE(has(connection_parameters(settings, find, Server::Any), "connect_timeout='4'"));
    const auto own = told("host=one connect_timeout=7 tcp_user_timeout=1 application_name=x");
    for (const auto* parameter :
         {"connect_timeout='7'", "tcp_user_timeout='1'", "application_name='x'"}) {
        EXPECT_TRUE(has(own, parameter));
    }
}

TEST_F(PostgresParameters, KeepHostsAndAddTheirAddresses) {
    struct Case {
        const char* url;
        std::vector<std::string> parameters;
    };
    for (const Case& known : std::vector<Case>{
             {"postgres://u:p%40%25@one:7/d?sslmode=verify-full",
              {"host='one'", "hostaddr='192.0.2.1'", "port='7'", "user='u'", "password='p@%'",
               "sslmode='verify-full'"}},
             {"host=two port=7",
              {"host='two,two'", "hostaddr='192.0.2.2,2001:db8::2'", "port='7,7'",
               "connect_timeout='2'"}},
             {"postgresql://one:7,two:8/d?target_session_attrs=read-write",
              {"host='one,two,two'", "hostaddr='192.0.2.1,192.0.2.2,2001:db8::2'", "port='7,8,8'",
               "target_session_attrs='read-write'"}},
             {"host=one,/run/pg port=7", {"host='one,/run/pg'", "hostaddr='192.0.2.1,'"}},
             {"host=lost,one port=7,8", {"host='one'", "hostaddr='192.0.2.1'", "port='8'"}},
             {"host=127.0.0.1", {"host='127.0.0.1'", "hostaddr='127.0.0.1'"}},
             {"host=one password='a b\\'c\\\\d'", {"password='a b\\'c\\\\d'"}},
         }) {
        const auto text = told(known.url);
        for (const auto& parameter : known.parameters) {
            EXPECT_TRUE(has(text, parameter)) << known.url;
        }
    }
}

TEST_F(PostgresParameters, AskForAServerThatTakesWritesWhateverTheUrlSays) {
    const std::string url = "host=one,two target_session_attrs=";
    for (const auto* any : {"any", "read-write", "read-only", "standby", "prefer-standby"}) {
        EXPECT_TRUE(has(told(url + any), "target_session_attrs='read-write'")) << any;
    }
    EXPECT_TRUE(has(told(url + "primary"), "target_session_attrs='primary'"));
    Settings settings;
    settings.url = url + "primary";
    EXPECT_TRUE(
        has(connection_parameters(settings, find, Server::Any), "target_session_attrs='any'"));
    EXPECT_TRUE(has(told("host=one client_encoding=LATIN1"), "client_encoding='UTF8'"));
}

TEST_F(PostgresParameters, LeaveToLibpqWhatIsItsOwn) {
    for (const auto* url :
         {"postgresql:///d", "postgresql:///d?host=/run/pg", "host=@abstract", "dbname=d",
          "host=lost hostaddr=192.0.2.9", "service=somewhere", "host=one,two port=1,2,3"}) {
        const auto text = told(url);
        EXPECT_EQ(text.find("192.0.2.1"), std::string::npos) << text;
        EXPECT_EQ(text.find("192.0.2.2"), std::string::npos) << text;
    }
    EXPECT_TRUE(has(told("host=lost hostaddr=192.0.2.9"), "hostaddr='192.0.2.9'"));
}

TEST_F(PostgresParameters, ReadTheEnvironmentAsLibpqDoes) {
    ::setenv("PGHOST", "two", 1);
    ::setenv("PGPORT", "9", 1);
    const auto text = told("dbname=d");
    EXPECT_TRUE(has(text, "hostaddr='192.0.2.2,2001:db8::2'"));
    EXPECT_TRUE(has(text, "port='9,9'"));
    ::setenv("PGHOSTADDR", "192.0.2.9", 1);
    EXPECT_EQ(told("host=lost").find("hostaddr"), std::string::npos);
}

TEST_F(PostgresParameters, AHostThatIsNotFoundIsAnOutage) {
    EXPECT_THROW(told("host=lost"), base::Outage);
    EXPECT_THROW(told("postgresql://lost,gone/d"), base::Outage);
}

TEST_F(PostgresParameters, AUrlThatCannotBeReadIsNeverRepeated) {
    for (const auto* url : {"postgresql://u:secret%zz@h/d", "postgresql://u:secret%@h/d",
                            "host=h password='secret", "secret", "postgresql://h/d?secret=1"}) {
        try {
            told(url);
            FAIL() << url;
        } catch (const base::Outage& error) {
            EXPECT_EQ(std::string_view(error.what()).find("secret"), std::string_view::npos);
        }
        EXPECT_FALSE(check_database_url(url).has_value()) << url;
    }
}

} // namespace
} // namespace relay::postgres
