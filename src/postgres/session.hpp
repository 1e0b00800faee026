#pragma once
// One connection to Postgres, made when it is first needed and again after it was lost.
//
// A session is used by one thread at a time; sessions of one pool share a Watch.

#include "relay/base/error.hpp"
#include "relay/postgres/settings.hpp"
#include "watch.hpp"

#include <chrono>
#include <exception>
#include <memory>
#include <pqxx/pqxx>
#include <span>
#include <string>
#include <utility>

namespace relay::postgres {

/// libpq's messages are of several lines and may repeat the statement; the first line says why.
std::string first_line(const std::exception& error);

struct PreparedStatement {
    const char* name;
    std::string sql;
};

class Session {
  public:
    /// The statements are prepared on every new connection.
    Session(const Settings& settings, Watch& watch, std::span<const PreparedStatement> statements);

    /// Throws base::Outage where the fault is the server's or the way's: it cannot be reached, shut
    /// down, is read-only, out of connections, over time. What the statement itself did wrong is
    /// thrown as pqxx throws it.
    template <class Work>
    auto run(Work&& work, std::chrono::milliseconds limit) {
        try {
            auto& connection = connect();
            const Watch::Guard guard(watch_, connection.sock(), limit);
            return std::forward<Work>(work)(connection);
        } catch (const pqxx::sql_error& error) {
            if (!is_outage(error)) {
                throw;
            }
            lose_connection();
            throw base::Outage(describe(error));
        } catch (const pqxx::failure& error) {
            lose_connection();
            throw base::Outage(describe(error));
        }
    }

  private:
    pqxx::connection& connect();
    void lose_connection();
    static bool is_outage(const pqxx::sql_error& error);
    static std::string describe(const std::exception& error);

    Settings settings_;
    Watch& watch_;
    std::span<const PreparedStatement> statements_;
    unsigned generation_ = 0;
    std::unique_ptr<pqxx::connection> connection_;
};

} // namespace relay::postgres
