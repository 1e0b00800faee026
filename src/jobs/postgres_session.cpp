#include "postgres_session.hpp"

#include "postgres_parameters.hpp"
#include "relay/base/error.hpp"
#include "relay/base/peer_watch.hpp"
#include "relay/jobs/postgres_store.hpp"

#include <sys/socket.h>
#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <pqxx/pqxx>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::jobs {

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
constexpr const char* kDurable =
    "SELECT set_config('synchronous_commit', 'on', false) "
    "WHERE current_setting('synchronous_commit') = 'off'";

constexpr std::chrono::milliseconds kLookUpLimit{2'000};

} // namespace

PostgresWatch::PostgresWatch() : thread_([this](const std::stop_token& stop) { run(stop); }) {}

void PostgresWatch::run(const std::stop_token& stop) {
    using Clock = std::chrono::steady_clock;
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        const auto now = Clock::now();
        auto next = now + std::chrono::hours(1);
        for (auto& [deadline, socket] : watched_) {
            if (deadline <= now) {
                // Shut, not closed: the descriptor stays libpq's, which now reads end-of-file.
                ::shutdown(socket, SHUT_RDWR);
                deadline = Clock::time_point::max();
            }
            next = std::min(next, deadline);
        }
        wakes_at_ = next;
        changed_.wait_until(lock, stop, next, [&] { return wakes_at_ < next; });
    }
}

base::Result<std::vector<std::string>> PostgresWatch::find_addresses(const std::string& host) {
    return resolver_.resolve_blocking(host, kLookUpLimit);
}

PostgresWatch::Guard::Guard(PostgresWatch& watch, int socket, std::chrono::milliseconds limit)
    : watch_(watch) {
    const std::lock_guard lock(watch_.mutex_);
    const auto deadline = std::chrono::steady_clock::now() + limit;
    entry_ = watch_.watched_.emplace(watch_.watched_.end(), deadline, socket);
    if (deadline < watch_.wakes_at_) { // else it wakes in time anyway
        watch_.wakes_at_ = deadline;
        watch_.changed_.notify_all();
    }
}

PostgresWatch::Guard::~Guard() {
    const std::lock_guard lock(watch_.mutex_);
    watch_.watched_.erase(entry_);
}

PostgresSession::PostgresSession(const PostgresSettings& settings, PostgresWatch& watch,
                                 std::span<const PreparedStatement> statements)
    : settings_(settings), watch_(watch), statements_(statements) {}

pqxx::connection& PostgresSession::connect() {
    // Nothing comes unasked on a connection that is well: it was closed while it stood idle.
    if (connection_ && (generation_ != watch_.generation || !base::is_quiet(connection_->sock()))) {
        connection_.reset();
    }
    if (!connection_) {
        generation_ = watch_.generation;
        auto connection = std::make_unique<pqxx::connection>(connection_parameters(
            settings_, [this](const std::string& host) { return watch_.find_addresses(host); }));
        const PostgresWatch::Guard guard(watch_, connection->sock(), settings_.statement_timeout);
        {
            pqxx::nontransaction setup(*connection);
            setup.exec(kSessionSettings);
            setup.exec(kDurable);
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

void PostgresSession::lose_connection() {
    if (connection_) {
        connection_.reset();
        ++watch_.generation;
    }
}

bool PostgresSession::is_outage(const pqxx::sql_error& error) {
    // SQLSTATE classes: 08 connection, 25 read-only, 40 rolled back, 53 out of resources, 55 locks,
    // 57 shut down or over time, 58 system, XX internal. None: the server was not heard.
    const std::string_view state = error.sqlstate();
    const auto of_class = [&](std::string_view name) { return state.substr(0, 2) == name; };
    return state.empty() ||
           std::ranges::any_of(std::array{"08", "25", "40", "53", "55", "57", "58", "XX"},
                               of_class);
}

std::string PostgresSession::describe(const std::exception& error) {
    // libpq's messages are of several lines and may repeat the statement; the first line says why.
    const std::string_view text = error.what();
    return "postgres: " + std::string(text.substr(0, text.find('\n')));
}

} // namespace relay::jobs
