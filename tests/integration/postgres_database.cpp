#include "integration/postgres_database.hpp"

#include "relay/postgres/ledger.hpp"
#include "relay/postgres/migrations.hpp"

#include <unistd.h>
#include <pqxx/pqxx>

#include <atomic>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <random>
#include <stdexcept>
#include <string>

namespace relay::test {

std::string test_service_url(const char* variable) {
    const char* url = std::getenv(variable); // NOLINT(concurrency-mt-unsafe)
    if (url == nullptr || *url == '\0') {
        throw std::runtime_error(std::string(variable) +
                                 " is not set: run the integration tests with `./dev test`, which "
                                 "starts Postgres and Redis for them");
    }
    return url;
}

std::string unique_name(const char* prefix) {
    static std::atomic<int> number{0};
    return std::string(prefix) + "_" + std::to_string(::getpid()) + "_" +
           std::to_string(std::random_device{}()) + "_" + std::to_string(++number);
}

namespace {

std::string with_schema(const std::string& url, const std::string& schema) {
    if (!url.starts_with("postgresql://") && !url.starts_with("postgres://")) {
        return url + " options='-c search_path=" + schema + "' application_name=" + schema;
    }
    const char* separator = url.find('?') == std::string::npos ? "?" : "&";
    return url + separator + "application_name=" + schema + "&options=-c%20search_path%3D" + schema;
}

std::string execute_at(const std::string& url, const std::string& sql) {
    pqxx::connection connection(url);
    pqxx::nontransaction transaction(connection);
    const auto result = transaction.exec(sql);
    return result.empty() || result.columns() == 0 ? "" : result[0][0].c_str();
}

} // namespace

PostgresDatabase::PostgresDatabase() : schema_(unique_name("relay_test")) {
    const auto base = test_service_url("RELAY_TEST_POSTGRES_URL");
    url_ = with_schema(base, schema_);
    execute_at(base, "CREATE SCHEMA " + schema_);
    postgres::migrate(settings());
}

PostgresDatabase::~PostgresDatabase() {
    try {
        execute_at(url_, "SET client_min_messages = warning; DROP SCHEMA " + schema_ + " CASCADE");
    } catch (const std::exception& error) { // a leftover schema fails no test
        std::cerr << "the test's schema could not be dropped: " << error.what() << '\n';
    }
}

postgres::Settings PostgresDatabase::settings() const {
    postgres::Settings settings;
    settings.url = url_;
    settings.connections = 2;
    return settings;
}

std::string PostgresDatabase::execute(const std::string& sql) const {
    return execute_at(url_, sql);
}

} // namespace relay::test
