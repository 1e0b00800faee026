#pragma once
// Where the ledger's database is, and how long it may take.

#include "relay/base/error.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace relay::postgres {

struct Settings {
    /// Any libpq URL. Holds a password, perhaps: never logged.
    std::string url;
    std::size_t connections = 4;
    std::chrono::milliseconds connect_timeout{3'000};
    std::chrono::milliseconds statement_timeout{5'000};
};

/// Whether libpq can read it as a URI, or as keywords and values. The error repeats no word of it.
base::Result<void> check_database_url(const std::string& url);

} // namespace relay::postgres
