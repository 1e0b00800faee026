#include "relay/postgres/inspection.hpp"

#include "relay/postgres/settings.hpp"
#include "session.hpp"
#include "watch.hpp"

#include <chrono>
#include <pqxx/pqxx>
#include <string>

namespace relay::postgres {

namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

/// As docs/reliability.md lists them. $1: jobs are removed some day.
constexpr const char* kLackingRights = R"sql(
    SELECT needed."right" || ' ON ' || needed.name
    FROM (VALUES ('jobs', 'SELECT'), ('jobs', 'INSERT'), ('jobs', 'UPDATE'),
                 ('withdraws', 'SELECT'), ('withdraws', 'INSERT'), ('withdraws', 'UPDATE'),
                 ('transactions', 'SELECT'), ('transactions', 'INSERT'),
                 ('transactions', 'UPDATE'),
                 ('nullifiers', 'SELECT'), ('nullifiers', 'INSERT'), ('nullifiers', 'UPDATE'),
                 ('operator_changes', 'SELECT'), ('operator_changes', 'INSERT'),
                 ('fleet', 'SELECT'), ('fleet', 'INSERT'), ('fleet', 'UPDATE'),
                 ('jobs', 'DELETE'), ('withdraws', 'DELETE'), ('transactions', 'DELETE'))
         AS needed (name, "right")
    WHERE ($1::boolean OR needed."right" <> 'DELETE') AND NOT has_table_privilege(needed.name, needed."right")
    ORDER BY 1)sql";

milliseconds since_epoch(system_clock::time_point time) {
    return std::chrono::duration_cast<milliseconds>(time.time_since_epoch());
}

} // namespace

milliseconds clock_ahead(const Settings& settings) {
    Watch watch;
    Session session(settings, watch, {});
    const auto ask = [](pqxx::connection& connection) {
        pqxx::nontransaction transaction(connection);
        const auto before = since_epoch(system_clock::now());
        const auto told =
            transaction.exec("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")[0][0]
                .as<long long>();
        const auto after = since_epoch(system_clock::now());
        return milliseconds(told) - (before + after) / 2;
    };
    return session.run(ask, settings.statement_timeout, AfterLoss::Repeat);
}

std::string lacks_rights(const Settings& settings, Removals removals) {
    Watch watch;
    Session session(settings, watch, {});
    const auto ask = [removals](pqxx::connection& connection) {
        pqxx::nontransaction transaction(connection);
        std::string lacking;
        const auto* const removes = removals == Removals::Some ? "true" : "false";
        for (const auto& row : transaction.exec_params(kLackingRights, removes)) {
            lacking += (lacking.empty() ? "" : ", ") + row[0].as<std::string>();
        }
        return lacking;
    };
    return session.run(ask, settings.statement_timeout, AfterLoss::Repeat);
}

} // namespace relay::postgres
