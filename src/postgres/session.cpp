#include "session.hpp"

#include "parameters.hpp"
#include "relay/base/peer_watch.hpp"
#include "relay/postgres/settings.hpp"
#include "watch.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <memory>
#include <pqxx/pqxx>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace relay::postgres {

namespace {

// The statements are made to walk indexes from a few ids. A plan by the table's statistics does so
// only once it has some: over a table that was empty when they were taken, batches are hash-joined
// with all of it. One plan for all batches also spares planning each. No worker processes: a call
// takes what its connection takes, also the count of all live jobs.
constexpr const char* kSessionSettings =
    "SET timezone = 'UTC'; SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; "
    "SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off; "
    "SET max_parallel_workers_per_gather = 0";

// 202 means committed, whatever the role or the database is set to.
constexpr const char* kDurableCommits =
    "SELECT set_config('synchronous_commit', 'on', false) "
    "WHERE current_setting('synchronous_commit') = 'off'";

} // namespace

Session::Session(const Settings& settings, Watch& watch,
                 std::span<const PreparedStatement> statements)
    : settings_(settings), watch_(watch), statements_(statements) {}

pqxx::connection& Session::connect() {
    // Nothing comes unasked on a connection that is well: it was closed while it stood idle.
    if (connection_ && (generation_ != watch_.generation || !base::is_quiet(connection_->sock()))) {
        connection_.reset();
    }
    if (!connection_) {
        generation_ = watch_.generation;
        auto connection = std::make_unique<pqxx::connection>(connection_parameters(
            settings_, [this](const std::string& host) { return watch_.find_addresses(host); }));
        const Watch::Guard guard(watch_, connection->sock(), settings_.statement_timeout);
        {
            pqxx::nontransaction setup(*connection);
            setup.exec(kSessionSettings);
            setup.exec(kDurableCommits);
            setup.exec("SET statement_timeout = " +
                       std::to_string(settings_.statement_timeout.count()));
        }
        for (const auto& statement : statements_) {
            connection->prepare(statement.name, statement.sql);
        }
        connection_ = std::move(connection);
    }
    return *connection_;
}

void Session::lose_connection() {
    if (connection_) {
        connection_.reset();
        ++watch_.generation;
    }
}

bool Session::is_outage(const pqxx::sql_error& error) {
    // SQLSTATE classes: 08 connection, 25 read-only, 40 rolled back, 53 out of resources, 55 locks,
    // 57 shut down or over time, 58 system, XX internal. None: the server was not heard.
    const std::string_view state = error.sqlstate();
    const auto of_class = [&](std::string_view name) { return state.substr(0, 2) == name; };
    return state.empty() ||
           std::ranges::any_of(std::array{"08", "25", "40", "53", "55", "57", "58", "XX"},
                               of_class);
}

std::string Session::describe(const std::exception& error) {
    return "postgres: " + first_line(error);
}

std::string first_line(const std::exception& error) {
    const std::string_view text = error.what();
    return std::string(text.substr(0, text.find('\n')));
}

} // namespace relay::postgres
