#include "relay/postgres/pooler.hpp"

#include "relay/postgres/settings.hpp"
#include "session.hpp"
#include "watch.hpp"

#include <list>
#include <pqxx/pqxx>
#include <span>
#include <stdexcept>

namespace relay::postgres {

namespace {

/// The pooler may have so many idle connections that are given away before ours is.
constexpr int kOthers = 3;

struct Backend {
    int told = 0;   // when the connection was made, by whatever answered
    int serves = 0; // the process that serves it
};

/// Which process serves the session now; from then on it holds that one, where asked to.
Backend backend_of(Session& session, const Settings& settings, bool holds) {
    const auto ask = [holds](pqxx::connection& connection) {
        pqxx::nontransaction transaction(connection);
        if (holds) {
            transaction.exec("BEGIN");
        }
        const auto serves = transaction.exec("SELECT pg_backend_pid()")[0][0].as<int>();
        return Backend{connection.backendpid(), serves};
    };
    return session.run(ask, settings.statement_timeout, AfterLoss::Report);
}

} // namespace

void refuse_transaction_pooler(const Settings& settings) {
    Watch watch;
    Session ours(settings, watch, {});
    const auto backend = backend_of(ours, settings, false);
    if (backend.told == backend.serves) {
        return; // no pooler: those make numbers of their own up
    }
    std::list<Session> others;
    for (int count = 0; count < kOthers; ++count) {
        auto& other = others.emplace_back(settings, watch, std::span<const PreparedStatement>{});
        if (backend_of(other, settings, true).serves == backend.serves) {
            throw std::runtime_error(
                "the pooler before Postgres lends its connections by the transaction, and the "
                "relay's statements and settings need a session: connect to Postgres itself, or "
                "set the pooler's pool_mode to session");
        }
    }
}

} // namespace relay::postgres
