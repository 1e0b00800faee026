#include "relay/postgres/retention_ledger.hpp"

#include "relay/base/blocking_pool.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/retention_ledger.hpp"
#include "relay/postgres/settings.hpp"
#include "retention_statements.hpp"
#include "rows.hpp"
#include "session.hpp"
#include "watch.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <pqxx/pqxx>
#include <string>
#include <utility>

namespace relay::postgres {

namespace {

using jobs::Ending;
using jobs::Removal;
using std::chrono::milliseconds;

constexpr const char* kBeginning = "-infinity";

struct Statements {
    const PreparedStatement& is_due;
    const PreparedStatement& remove;
};

Statements statements_of(Ending ending) {
    switch (ending) {
        case Ending::Completed:
            return {sql::kIsCompletedDue, sql::kRemoveCompleted};
        case Ending::Failed:
            return {sql::kIsFailedDue, sql::kRemoveFailed};
    }
    std::unreachable();
}

struct Batch {
    Removal removal;
    /// The next batch begins here.
    std::string place = kBeginning;
};

Batch remove_batch(pqxx::connection& connection, Ending ending, milliseconds age,
                   const std::string& from, std::size_t limit) {
    const auto statements = statements_of(ending);
    pqxx::nontransaction transaction(connection);
    transaction.exec(sql::kReadInOrder);
    Batch batch;
    if (!transaction.exec_prepared(statements.is_due.name, age.count(), from)[0][0].as<bool>()) {
        return batch;
    }
    const auto rows = transaction.exec_prepared(statements.remove.name, age.count(), from, limit);
    for (const auto& row : rows) {
        if (row[2].as<bool>()) {
            batch.removal.ids.push_back(read_id(row[0]));
        }
        batch.place = row[1].c_str();
    }
    // Without one that went there may be only such as never will.
    batch.removal.more =
        static_cast<std::size_t>(rows.size()) == limit && !batch.removal.ids.empty();
    return batch;
}

class PostgresRetentionLedger final : public jobs::RetentionLedger {
  public:
    explicit PostgresRetentionLedger(const Settings& settings)
        : limit_(settings.statement_timeout + std::chrono::seconds(1)), pool_(1, [this, settings] {
              return std::make_unique<Session>(settings, watch_, sql::kRetentionStatements);
          }) {}

    /// A completed job stays for as long as an insert of its nullifier may be under way that began
    /// before it was completed: that is to meet the job.
    base::Task<Removal> remove(Ending ending, milliseconds age, std::size_t limit) override {
        auto& place = ending == Ending::Completed ? completed_from_ : failed_from_;
        const auto call = [ending, age = std::max(age, limit_), from = place, limit,
                           time = limit_](Session& session) {
            const auto work = [&](pqxx::connection& connection) {
                return remove_batch(connection, ending, age, from, limit);
            };
            try {
                return session.run(work, time, AfterLoss::Repeat);
            } catch (const jobs::RowFault& fault) {
                throw jobs::LedgerRefusal(fault.what());
            }
        };
        place = kBeginning; // unless all goes well
        auto batch = co_await pool_.run(call);
        if (batch.removal.more) {
            place = batch.place;
        }
        co_return std::move(batch.removal);
    }

  private:
    milliseconds limit_;
    std::string completed_from_ = kBeginning;
    std::string failed_from_ = kBeginning;
    Watch watch_;
    base::BlockingPool<Session> pool_;
};

} // namespace

std::unique_ptr<jobs::RetentionLedger> make_retention_ledger(const Settings& settings) {
    return std::make_unique<PostgresRetentionLedger>(settings);
}

} // namespace relay::postgres
