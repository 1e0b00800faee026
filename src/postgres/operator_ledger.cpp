#include "relay/postgres/operator_ledger.hpp"

#include "operator_rows.hpp"
#include "operator_statements.hpp"
#include "relay/base/blocking_pool.hpp"
#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/fleet_state.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/operator_ledger.hpp"
#include "relay/postgres/settings.hpp"
#include "relay/solana/shield_pool.hpp"
#include "rows.hpp"
#include "session.hpp"
#include "watch.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <pqxx/pqxx>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

namespace relay::postgres {

namespace {

using jobs::ChangePage;
using jobs::FleetState;
using jobs::Intervention;
using jobs::JobFilter;
using jobs::JobId;
using jobs::JobPage;
using jobs::JobRecord;
using jobs::ListPosition;

constexpr std::size_t kQuestionsAtOnce = 2;

/// A parameter that may be NULL.
using Value = std::optional<std::string>;
const char* sql_value(const Value& value) {
    return value ? value->c_str() : nullptr;
}

Value microseconds(const std::optional<jobs::Timestamp>& time) {
    return time ? Value(std::to_string(time->time_since_epoch().count())) : std::nullopt;
}

JobPage list_jobs(pqxx::connection& connection, const JobFilter& filter,
                  const std::optional<ListPosition>& after, std::size_t limit) {
    pqxx::work transaction(connection);
    const auto rows = execute(transaction, sql::list_jobs(filter, after, limit));
    JobPage page;
    for (const auto& row : rows) {
        if (page.jobs.size() == limit) {
            const auto& last = page.jobs.back().view;
            page.next = ListPosition{last.created_at, last.id};
            break;
        }
        page.jobs.push_back(read_listed(row));
    }
    return page;
}

std::optional<JobRecord> read_record(pqxx::connection& connection, const JobId& id,
                                     bool with_withdraw) {
    pqxx::work transaction(connection);
    transaction.exec("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"); // one snapshot
    const auto name = id.to_string();
    auto found = transaction.exec_params(sql::kReadJob, name);
    if (found.empty()) {
        found = transaction.exec_params(sql::kReadRemovedJob, name);
    }
    if (found.empty()) {
        return std::nullopt;
    }
    JobRecord record;
    record.job = read_listed(found[0]);
    for (const auto& row : transaction.exec_params(sql::kReadErrors, name)) {
        record.errors.push_back(read_past_error(row));
    }
    for (const auto& row : transaction.exec_params(sql::kReadTransactions, name)) {
        record.transactions.push_back(read_signed(row));
    }
    for (const auto& row : transaction.exec_params(sql::kChangesOfJob, name)) {
        record.changes.push_back(read_change(row));
    }
    if (with_withdraw) {
        const auto rows = transaction.exec_params(sql::kReadWithdraw, name);
        if (!rows.empty() && !rows[0][0].is_null()) {
            record.withdraw = solana::decode_withdraw(read_bytes(rows[0][0]));
        }
    }
    return record;
}

/// The job is locked as long as the transaction lasts. Done: nothing is in the way.
Intervention look_at(pqxx::transaction_base& transaction, const JobId& id) {
    using Kind = Intervention::Kind;
    Intervention found;
    found.id = id;
    const auto rows = transaction.exec_params(sql::kHoldJob, id.to_string());
    if (rows.empty()) { // or its row was removed
        const bool is_known =
            !transaction.exec_params(sql::kReadRemovedJob, id.to_string()).empty();
        found.kind = is_known ? Kind::NotFailed : Kind::NotFound;
        return found;
    }
    const auto row = rows[0];
    found.code = row[1].c_str();
    if (read_status(row[0]) != jobs::JobStatus::Failed) {
        found.kind = Kind::NotFailed;
    } else if (row[2].as<bool>()) {
        found.kind = Kind::Discarded;
    } else if (!row[4].is_null()) {
        found.kind = Kind::NullifierTaken;
        found.other = read_id(row[4]);
    } else if (!row[3].as<bool>()) {
        found.kind = Kind::PayloadGone;
    }
    return found;
}

Intervention retry_job(pqxx::connection& connection, const JobId& id, const std::string& who,
                       bool dry_run) {
    try {
        pqxx::work transaction(connection);
        auto found = look_at(transaction, id);
        if (found.kind == Intervention::Kind::Done && !dry_run) {
            transaction.exec_params(sql::kRetryJob, id.to_string(), who);
            transaction.commit();
        }
        return found;
    } catch (const pqxx::unique_violation&) {
        // Another withdraw took the nullifier at this moment: the index let one of them through.
        pqxx::work transaction(connection);
        auto found = look_at(transaction, id);
        if (found.kind == Intervention::Kind::Done) { // and has failed again since
            throw base::Outage("postgres: the nullifier changes hands faster than it can be read");
        }
        return found;
    }
}

/// A discard needs neither the nullifier nor the payload.
Intervention discard_job(pqxx::connection& connection, const JobId& id, const std::string& who) {
    using Kind = Intervention::Kind;
    pqxx::work transaction(connection);
    auto found = look_at(transaction, id);
    if (found.kind == Kind::NullifierTaken || found.kind == Kind::PayloadGone) {
        found.kind = Kind::Done;
    }
    if (found.kind == Kind::Done) {
        transaction.exec_params(sql::kDiscardJob, id.to_string(), who);
        transaction.commit();
    }
    return found;
}

FleetState read_fleet(pqxx::transaction_base& transaction) {
    const auto rows = transaction.exec(sql::kReadFleet);
    return rows.empty() ? FleetState{} : read_fleet_state(rows[0]);
}

jobs::OperatorAction action_of(jobs::FleetMode mode) {
    switch (mode) {
        case jobs::FleetMode::Running:
            return jobs::OperatorAction::Resume;
        case jobs::FleetMode::Paused:
            return jobs::OperatorAction::Pause;
        case jobs::FleetMode::Draining:
            return jobs::OperatorAction::Drain;
    }
    std::unreachable();
}

FleetState write_fleet(pqxx::connection& connection, const FleetState& state,
                       const std::string& who) {
    const auto until = microseconds(state.until);
    pqxx::work transaction(connection);
    transaction.exec_params(sql::kWriteFleet, std::string(to_string(state.mode)), state.reason,
                            sql_value(until), who, std::string(to_string(action_of(state.mode))));
    auto now = read_fleet(transaction);
    transaction.commit();
    return now;
}

ChangePage list_changes(pqxx::connection& connection, const std::optional<std::int64_t>& before,
                        std::size_t limit) {
    const auto number = before ? Value(std::to_string(*before)) : std::nullopt;
    pqxx::nontransaction transaction(connection);
    ChangePage page;
    for (const auto& row :
         transaction.exec_params(sql::kListChanges, sql_value(number), limit + 1)) {
        if (page.changes.size() == limit) {
            page.next = page.changes.back().number;
            break;
        }
        page.changes.push_back(read_change(row));
    }
    return page;
}

class PostgresOperatorLedger final : public jobs::OperatorLedger {
  public:
    explicit PostgresOperatorLedger(const Settings& settings)
        : limit_(settings.statement_timeout + std::chrono::seconds(1)),
          questions_(kQuestionsAtOnce, maker(settings)),
          fleet_(1, maker(settings)) {}

    base::Task<JobPage> list(JobFilter filter, std::optional<ListPosition> after,
                             std::size_t limit) override {
        return run(
            questions_,
            [filter = std::move(filter), after, limit](pqxx::connection& connection) {
                return list_jobs(connection, filter, after, limit);
            },
            AfterLoss::Repeat);
    }

    base::Task<std::optional<JobRecord>> read(JobId id, bool with_withdraw) override {
        return run(
            questions_,
            [id, with_withdraw](pqxx::connection& connection) {
                return read_record(connection, id, with_withdraw);
            },
            AfterLoss::Repeat);
    }

    base::Task<Intervention> retry(JobId id, std::string who, bool dry_run) override {
        return run(
            questions_,
            [id, who = std::move(who), dry_run](pqxx::connection& connection) {
                return retry_job(connection, id, who, dry_run);
            },
            AfterLoss::Report);
    }

    base::Task<Intervention> discard(JobId id, std::string who) override {
        return run(
            questions_,
            [id, who = std::move(who)](pqxx::connection& connection) {
                return discard_job(connection, id, who);
            },
            AfterLoss::Report);
    }

    base::Task<FleetState> fleet() override {
        return run(
            fleet_,
            [](pqxx::connection& connection) {
                pqxx::nontransaction transaction(connection);
                return read_fleet(transaction);
            },
            AfterLoss::Repeat);
    }

    base::Task<FleetState> set_fleet(FleetState state, std::string who) override {
        return run(
            questions_,
            [state = std::move(state), who = std::move(who)](pqxx::connection& connection) {
                return write_fleet(connection, state, who);
            },
            AfterLoss::Report);
    }

    base::Task<ChangePage> changes(std::optional<std::int64_t> before, std::size_t limit) override {
        return run(
            questions_,
            [before, limit](pqxx::connection& connection) {
                return list_changes(connection, before, limit);
            },
            AfterLoss::Repeat);
    }

  private:
    using Pool = base::BlockingPool<Session>;

    std::function<std::unique_ptr<Session>()> maker(const Settings& settings) {
        return [this, settings] {
            return std::make_unique<Session>(settings, watch_,
                                             std::span<const PreparedStatement>{});
        };
    }

    /// What the database refuses is an outage too: the operator hears why, and no loop ends of it.
    template <class Work>
    base::Task<std::invoke_result_t<Work&, pqxx::connection&>> run(Pool& pool, Work work,
                                                                   AfterLoss after_loss) {
        auto call = [work = std::move(work), limit = limit_, after_loss](Session& session) mutable {
            try {
                return session.run(work, limit, after_loss);
            } catch (const jobs::RowFault& fault) {
                throw base::Outage(fault.what());
            }
        };
        return pool.run(std::move(call));
    }

    std::chrono::milliseconds limit_;
    Watch watch_;
    Pool questions_;
    Pool fleet_;
};

} // namespace

std::unique_ptr<jobs::OperatorLedger> make_operator_ledger(const Settings& settings) {
    return std::make_unique<PostgresOperatorLedger>(settings);
}

} // namespace relay::postgres
