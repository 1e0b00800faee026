#include "session.hpp"

#include "parameters.hpp"
#include "relay/base/error.hpp"
#include "relay/base/peer_watch.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/postgres/settings.hpp"
#include "url.hpp"
#include "watch.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <initializer_list>
#include <memory>
#include <pqxx/pqxx>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace relay::postgres {

namespace {

using Clock = std::chrono::steady_clock;

// The statements are made to walk indexes from a few ids. A plan by the table's statistics does so
// only once it has some: over a table that was empty when they were taken, batches are hash-joined
// with all of it. One plan for all batches also spares planning each. No worker processes: a call
// takes what its connection takes, also the count of all live jobs. The statements count on seeing
// what was committed before each of them.
constexpr const char* kSessionSettings =
    "SET timezone = 'UTC'; SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; "
    "SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off; "
    "SET max_parallel_workers_per_gather = 0; "
    "SET default_transaction_isolation = 'read committed'";

// 202 means committed, whatever the role or the database is set to: on the disk here and, where
// there are synchronous standbys, on theirs. 'local' leaves those out, and what 'remote_write' sent
// them may not be on their disks.
constexpr const char* kDurableCommits =
    "SELECT set_config('synchronous_commit', 'on', false) "
    "WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply')";

/// While no server takes writes, one is looked for so often: a failover takes longer.
constexpr std::chrono::milliseconds kBetweenLooks{500};

/// What an SQLSTATE says of the call that got it.
enum class Verdict {
    /// The values may be why.
    Row,
    /// This server does not do such work; nor will the next call be luckier.
    Refused,
    /// This connection does not do it, and another one may: it is a server's that has become a
    /// standby, or was lent to us and is another one now.
    WrongConnection,
    /// The server ended the connection, at work or idle, and what it was doing was undone.
    Ended,
    /// The server cannot do it now.
    Away,
};

bool is_among(std::string_view state, std::initializer_list<std::string_view> beginnings) {
    return std::ranges::any_of(
        beginnings, [&](std::string_view beginning) { return state.starts_with(beginning); });
}

Verdict verdict_on(std::string_view state) {
    // Read-only; a plan, or a statement's name, that is another session's.
    if (is_among(state, {"25006", "0A000", "26000", "42P05"})) {
        return Verdict::WrongConnection;
    }
    // By an administrator, and by a limit on idleness. Not 57P02, a crash: that may come between
    // the commit and its answer.
    if (is_among(state, {"57P01", "57P05"})) {
        return Verdict::Ended;
    }
    // A page that cannot be read is one of those that the call's rows stand on.
    if (is_among(state, {"XX001", "XX002"})) {
        return Verdict::Row;
    }
    // 08 connection, 25 state of a transaction, 40 rolled back, 53 out of resources (but 53100, a
    // full disk, which somebody must mend), 55 locks, 57 shut down or over time, 58 system, XX
    // internal. None: the server was not heard.
    if (state.empty() ||
        (is_among(state, {"08", "25", "40", "53", "55", "57", "58", "XX"}) && state != "53100")) {
        return Verdict::Away;
    }
    // 09 and 27 triggers, 21 and 22 data, 23 constraints, 44 a view's check, 54 limits, P0 raised.
    if (is_among(state, {"09", "21", "22", "23", "27", "44", "54", "P0"})) {
        return Verdict::Row;
    }
    return Verdict::Refused; // of them 42, rights and what is not there
}

template <class Kind>
bool is(const pqxx::sql_error& error) {
    return dynamic_cast<const Kind*>(&error) != nullptr;
}

/// libpqxx 6 does not pass the SQLSTATE on where it has a class of its own for it.
std::string state_of(const pqxx::sql_error& error) {
    if (!error.sqlstate().empty()) {
        return error.sqlstate();
    }
    if (is<pqxx::data_exception>(error)) {
        return "22000";
    }
    if (is<pqxx::integrity_constraint_violation>(error)) {
        return "23000";
    }
    if (is<pqxx::plpgsql_error>(error)) {
        return "P0000";
    }
    if (is<pqxx::disk_full>(error)) {
        return "53100";
    }
    if (is<pqxx::feature_not_supported>(error)) {
        return "0A000";
    }
    if (is<pqxx::invalid_sql_statement_name>(error)) {
        return "26000";
    }
    if (is<pqxx::insufficient_privilege>(error) ||
        is<pqxx::syntax_error>(error)) { // what is not there, too
        return "42000";
    }
    return "";
}

} // namespace

Session::Session(const Settings& settings, Watch& watch,
                 std::span<const PreparedStatement> statements)
    : settings_(settings), watch_(watch), statements_(statements) {
    if (auto url = DatabaseUrl::parse(settings.url)) { // if not, nothing is ever connected to
        secrets_ = std::move(url->secrets);
    }
}

pqxx::connection& Session::connect(Call& call) {
    const bool is_stale = generation_ != watch_.generation ||
                          (look_again_ && Clock::now() >= *look_again_) ||
                          // Nothing comes unasked on a connection that is well: it was closed
                          // while it stood idle.
                          (connection_ && !base::is_quiet(connection_->sock()));
    if (is_stale) {
        connection_.reset();
    }
    call.kept = connection_ != nullptr;
    if (!connection_) {
        generation_ = watch_.generation;
        auto connection = dial();
        set_up(*connection);
        connection_ = std::move(connection);
    }
    return *connection_;
}

/// To the first server of the URL that takes writes; where none does, to the first one, for reads.
std::unique_ptr<pqxx::connection> Session::dial() {
    const auto find = [this](const std::string& host) { return watch_.find_addresses(host); };
    look_again_.reset();
    try {
        return std::make_unique<pqxx::connection>(
            connection_parameters(settings_, find, Server::Writable));
    } catch (const pqxx::broken_connection& error) {
        // libpq has no other word for it.
        if (std::string_view(error.what()).find("read-only") == std::string_view::npos) {
            throw;
        }
    }
    auto connection =
        std::make_unique<pqxx::connection>(connection_parameters(settings_, find, Server::Any));
    look_again_ = Clock::now() + kBetweenLooks;
    return connection;
}

void Session::set_up(pqxx::connection& connection) {
    const Watch::Guard guard(watch_, connection.sock(), settings_.statement_timeout);
    {
        pqxx::nontransaction setup(connection);
        setup.exec(kSessionSettings);
        setup.exec(kDurableCommits);
        setup.exec("SET statement_timeout = " +
                   std::to_string(settings_.statement_timeout.count()));
    }
    for (const auto& statement : statements_) {
        connection.prepare(statement.name, statement.sql);
    }
}

void Session::lose_connection() {
    if (connection_) {
        connection_.reset();
        ++watch_.generation;
    }
}

std::string Session::describe(const std::exception& error) const {
    return "postgres: " + secrets_.hide_in(first_line(error));
}

bool Session::may_repeat(Call& call) const {
    return call.kept && Clock::now() < call.deadline && !std::exchange(call.repeated, true);
}

void Session::take_answer(const pqxx::sql_error& error, Call& call) {
    const auto what = describe(error);
    const auto state = state_of(error);
    switch (verdict_on(state)) {
        case Verdict::Row:
            throw jobs::RowFault(what);
        case Verdict::Refused:
            throw jobs::LedgerRefusal(what);
        case Verdict::WrongConnection:
            if (look_again_ && state == "25006") {
                throw jobs::LedgerRefusal(what + " (no server of the URL takes writes)");
            }
            lose_connection();
            if (!may_repeat(call)) {
                throw jobs::LedgerRefusal(what);
            }
            return;
        case Verdict::Ended:
            lose_connection();
            if (!may_repeat(call)) {
                throw base::Outage(what);
            }
            return;
        case Verdict::Away:
            lose_connection();
            throw base::Outage(what);
    }
    std::unreachable();
}

void Session::take_loss(const pqxx::failure& error, Call& call) {
    lose_connection();
    if (call.after_loss == AfterLoss::Report || !may_repeat(call)) {
        throw base::Outage(describe(error));
    }
}

std::string first_line(const std::exception& error) {
    const std::string_view text = error.what();
    return std::string(text.substr(0, text.find('\n')));
}

} // namespace relay::postgres
