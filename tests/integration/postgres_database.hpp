#pragma once
// Postgres for one test: a schema of its own in the database of RELAY_TEST_POSTGRES_URL, migrated,
// and dropped afterwards.

#include "relay/postgres/ledger.hpp"

#include <string>

namespace relay::test {

/// An environment variable that `./dev test` sets. Throws, naming that command, where it is not
/// set.
std::string test_service_url(const char* variable);

/// Unlike any other of this and other test processes.
std::string unique_name(const char* prefix);

class PostgresDatabase {
  public:
    PostgresDatabase();
    ~PostgresDatabase();
    PostgresDatabase(const PostgresDatabase&) = delete;
    PostgresDatabase& operator=(const PostgresDatabase&) = delete;

    /// The name of the schema, by which its connections call themselves too.
    const std::string& name() const { return schema_; }
    /// For stores on this schema.
    postgres::Settings settings() const;
    /// Runs SQL in this schema, on a connection of its own; the first column of the first row, or
    /// "".
    std::string execute(const std::string& sql) const;

  private:
    std::string schema_;
    std::string url_;
};

} // namespace relay::test
