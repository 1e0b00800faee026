#pragma once
// One connection to Postgres, made when it is first needed and again after it was lost.
//
// A session is used by one thread at a time; sessions of one pool share a Watch.

#include "relay/base/secret.hpp"
#include "relay/postgres/settings.hpp"
#include "watch.hpp"

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <pqxx/pqxx>
#include <span>
#include <string>

namespace relay::postgres {

/// Messages are of several lines and may repeat the statement; the first line says why.
std::string first_line(const std::exception& error);

struct PreparedStatement {
    const char* name;
    std::string sql;
};

/// Whether a call may be made again where its connection broke and nobody knows what came of it.
enum class AfterLoss {
    /// It changes nothing, or the same once more changes nothing: see where it is made.
    Repeat,
    /// It would write twice, or hear that it wrote nothing where it did.
    Report,
};

class Session {
  public:
    /// The statements are prepared on every new connection.
    Session(const Settings& settings, Watch& watch, std::span<const PreparedStatement> statements);

    /// Throws base::Outage where the server cannot be reached, shuts down, is out of connections or
    /// over time; jobs::LedgerRefusal where it answers and does not do such work; jobs::RowFault
    /// where the values may be why.
    ///
    /// A connection from before that turns out to be of no use is made anew, and the work done
    /// again, once, where nothing can have come of it; and where that is not known, but does not
    /// matter. So the work must be such that it can be called twice.
    template <class Work>
    auto run(Work&& work, std::chrono::milliseconds limit, AfterLoss after_loss) {
        Call call{after_loss, std::chrono::steady_clock::now() + limit};
        for (;;) {
            try {
                auto& connection = connect(call);
                const Watch::Guard guard(watch_, connection.sock(), limit);
                return work(connection);
            } catch (const pqxx::sql_error& error) {
                take_answer(error, call);
            } catch (const pqxx::failure& error) {
                take_loss(error, call);
            }
        }
    }

  private:
    struct Call {
        AfterLoss after_loss;
        std::chrono::steady_clock::time_point deadline;
        bool kept = false; // its connection is from before
        bool repeated = false;
    };

    pqxx::connection& connect(Call& call);
    std::unique_ptr<pqxx::connection> dial();
    void set_up(pqxx::connection& connection);
    void lose_connection();
    /// Without any secret of the URL.
    std::string describe(const std::exception& error) const;
    bool may_repeat(Call& call) const;
    /// Returns where the call is to be made again.
    void take_answer(const pqxx::sql_error& error, Call& call);
    void take_loss(const pqxx::failure& error, Call& call);

    Settings settings_;
    base::Secrets secrets_;
    Watch& watch_;
    std::span<const PreparedStatement> statements_;
    unsigned generation_ = 0;
    std::unique_ptr<pqxx::connection> connection_;
    /// No server of the URL took writes: when to look for one again.
    std::optional<std::chrono::steady_clock::time_point> look_again_;
};

} // namespace relay::postgres
