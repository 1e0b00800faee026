#pragma once
// JobStore in Postgres: one connection a thread, made again by itself after it was lost.

#include "relay/base/error.hpp"
#include "relay/jobs/store.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace relay::jobs {

struct PostgresSettings {
    /// Any libpq URL. Holds a password, perhaps: never logged.
    std::string url;
    std::size_t connections = 4;
    std::chrono::milliseconds connect_timeout{3'000};
    std::chrono::milliseconds statement_timeout{5'000};
};

/// Whether libpq can read it as a URI, or as keywords and values. The error repeats no word of it.
base::Result<void> check_database_url(const std::string& url);

/// Connects at the first call.
std::unique_ptr<JobStore> make_postgres_store(const PostgresSettings& settings);

} // namespace relay::jobs
