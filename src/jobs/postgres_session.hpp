#pragma once
// One connection to Postgres, made when it is first needed and again after it was lost.
//
// A session is used by one thread at a time; sessions of one pool share a PostgresWatch.

#include "relay/base/error.hpp"
#include "relay/base/resolver.hpp"
#include "relay/jobs/postgres_store.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <list>
#include <memory>
#include <mutex>
#include <pqxx/pqxx>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace relay::jobs {

/// What the sessions of a pool share. Ends calls that a frozen server would hold for ever: libpq
/// waits without a limit once connected, and no server-side timeout runs in a server that stands
/// still. A call past its deadline has its socket shut down under it, which libpq reports as a lost
/// connection.
class PostgresWatch {
  public:
    class Guard {
      public:
        Guard(PostgresWatch& watch, int socket, std::chrono::milliseconds limit);
        ~Guard();
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;

      private:
        PostgresWatch& watch_;
        std::list<std::pair<std::chrono::steady_clock::time_point, int>>::iterator entry_;
    };

    PostgresWatch();

    /// Rises when a connection is lost: the others of the pool are then made anew before they are
    /// used, instead of failing one call each.
    std::atomic<unsigned> generation{0};

    /// Of a server's host, within a time limit; blocks.
    base::Result<std::vector<std::string>> find_addresses(const std::string& host);

  private:
    void run(const std::stop_token& stop);

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::list<std::pair<std::chrono::steady_clock::time_point, int>> watched_;
    std::chrono::steady_clock::time_point wakes_at_;
    base::Resolver resolver_;
    std::jthread thread_; // last: ends before what it uses
};

struct PreparedStatement {
    const char* name;
    std::string sql;
};

class PostgresSession {
  public:
    /// The statements are prepared on every new connection.
    PostgresSession(const PostgresSettings& settings, PostgresWatch& watch,
                    std::span<const PreparedStatement> statements);

    /// Throws base::Outage where the fault is the server's or the way's: it cannot be reached, shut
    /// down, is read-only, out of connections, over time. What the statement itself did wrong is
    /// thrown as pqxx throws it.
    template <class Work>
    auto run(Work&& work, std::chrono::milliseconds limit) {
        try {
            auto& connection = connect();
            const PostgresWatch::Guard guard(watch_, connection.sock(), limit);
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

    PostgresSettings settings_;
    PostgresWatch& watch_;
    std::span<const PreparedStatement> statements_;
    unsigned generation_ = 0;
    std::unique_ptr<pqxx::connection> connection_;
};

} // namespace relay::jobs
