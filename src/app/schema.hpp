#pragma once
// Brings the ledger's schema up to date as the relay starts, once Postgres is there. Until then
// the relay serves, and says that it is unavailable.

#include "relay/base/blocking_pool.hpp"
#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/observability/condition.hpp"
#include "relay/observability/logging.hpp"
#include "relay/postgres/settings.hpp"

#include <optional>
#include <string>

namespace relay::app {

class Schema {
  public:
    Schema(base::Clock& clock, postgres::Settings database);

    /// Returns when the schema is up to date. Throws std::runtime_error where that cannot be by
    /// waiting: it is newer than this program, or a step of it fails.
    base::Task<void> prepare();

    /// What it waits for; none once the schema stands.
    const std::optional<std::string>& trouble() const { return trouble_; }

  private:
    struct Nothing {};

    /// Why Postgres cannot be used yet; none where the schema stands now.
    static std::optional<std::string> try_once(const postgres::Settings& database);

    base::Clock& clock_;
    postgres::Settings database_;
    base::BlockingPool<Nothing> thread_;
    std::optional<std::string> trouble_ = "the database has not been asked yet";
    observability::Condition away_{
        {observability::log_error, "database_awaited", "the relay waits for postgres to start"},
        {"database_found", "postgres is there"}};
};

} // namespace relay::app
