#include "schema.hpp"

#include "relay/base/clock.hpp"
#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/observability/logging.hpp"
#include "relay/postgres/migrations.hpp"
#include "relay/postgres/pooler.hpp"
#include "relay/postgres/settings.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace relay::app {

namespace {

constexpr std::chrono::milliseconds kBetweenTries{500};

} // namespace

Schema::Schema(base::Clock& clock, postgres::Settings database)
    : clock_(clock),
      database_(std::move(database)),
      thread_(1, [] { return std::make_unique<Nothing>(); }) {}

base::Task<void> Schema::prepare() {
    const auto attempt = [database = database_](Nothing&) { return try_once(database); };
    for (;;) {
        trouble_ = co_await thread_.run(attempt);
        if (!trouble_) {
            break;
        }
        away_.met(clock_.now(), *trouble_);
        co_await clock_.sleep_for(kBetweenTries);
    }
    away_.over(clock_.now());
}

std::optional<std::string> Schema::try_once(const postgres::Settings& database) {
    try {
        postgres::refuse_transaction_pooler(database);
        for (const auto& name : postgres::migrate(database)) {
            observability::log_info("schema_migrated", "schema migrated", {{"step", name}});
        }
        if (const auto lacking = postgres::lacks_durability(database); !lacking.empty()) {
            observability::log_error(
                "ledger_not_durable",
                "postgres may lose what it has committed: a 202 is no promise until that is mended",
                {{"reason", lacking}});
        }
    } catch (const base::Outage& outage) {
        return outage.what();
    }
    return std::nullopt;
}

} // namespace relay::app
