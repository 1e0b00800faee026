#include "relay/postgres/ledger.hpp"

#include "insertion.hpp"
#include "probe.hpp"
#include "relay/base/blocking_pool.hpp"
#include "relay/base/breaker.hpp"
#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/postgres/settings.hpp"
#include "rows.hpp"
#include "session.hpp"
#include "statements.hpp"
#include "views.hpp"
#include "watch.hpp"
#include "writes.hpp"

#include <boost/system/system_error.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace relay::postgres {

namespace {

using jobs::Claim;
using jobs::Completion;
using jobs::DeadLetterPage;
using jobs::DeadLetterPosition;
using jobs::DueJob;
using jobs::Failure;
using jobs::GiveBack;
using jobs::Hurry;
using jobs::InsertOutcome;
using jobs::Job;
using jobs::JobCounts;
using jobs::JobId;
using jobs::JobView;
using jobs::NewJob;
using jobs::Payment;
using jobs::Reopening;
using jobs::TransactionWrite;
using jobs::WalkPage;
using jobs::WalkPosition;

using std::chrono::milliseconds;

// What is repeated where nobody knows whether it was committed: reads; the probe, which leaves
// nothing; inserts, which know their own job by its id; completions and failures, which know what
// they wrote; renewals. A claim's repetition does not get the jobs that the lost one claimed: they
// wait for their lease's end, as they would without it. What saves a transaction would save it
// twice, and who gives back, settles or reopens would be told that another did: not repeated.
class PostgresLedger final : public jobs::Ledger {
  public:
    explicit PostgresLedger(const Settings& settings)
        : limit_(settings.statement_timeout + std::chrono::seconds(1)),
          pool_(settings.connections, [this, settings] {
              return std::make_unique<Session>(settings, watch_, sql::kStatements);
          }) {}

    base::Task<std::vector<InsertOutcome>> insert(std::vector<NewJob> jobs) override {
        return run([jobs = std::move(jobs)](
                       pqxx::connection& connection) { return insert_jobs(connection, jobs); },
                   AfterLoss::Repeat);
    }

    base::Task<std::vector<Job>> claim(std::vector<JobId> ids, milliseconds lease) override {
        return run(
            [ids = std::move(ids), lease](pqxx::connection& connection) {
                pqxx::nontransaction transaction(connection);
                return read_jobs(
                    transaction.exec_prepared(sql::kClaim.name, id_array(ids), lease.count()));
            },
            AfterLoss::Repeat);
    }

    base::Task<std::vector<Job>> claim_due(std::size_t limit, milliseconds lease) override {
        return run(
            [limit, lease](pqxx::connection& connection) {
                pqxx::nontransaction transaction(connection);
                return read_jobs(
                    transaction.exec_prepared(sql::kClaimDue.name, limit, lease.count()));
            },
            AfterLoss::Repeat);
    }

    base::Task<std::vector<bool>> save_transactions(std::vector<TransactionWrite> writes) override {
        return run(
            [writes = std::move(writes)](pqxx::connection& connection) {
                return postgres::save_transactions(connection, writes);
            },
            AfterLoss::Report);
    }

    base::Task<std::vector<bool>> renew(std::vector<Claim> claims, milliseconds lease) override {
        return run(
            [claims = std::move(claims), lease](pqxx::connection& connection) {
                return renew_leases(connection, claims, lease);
            },
            AfterLoss::Repeat);
    }

    base::Task<std::vector<bool>> complete(std::vector<Completion> completions) override {
        return run(
            [completions = std::move(completions)](pqxx::connection& connection) {
                return complete_jobs(connection, completions);
            },
            AfterLoss::Repeat);
    }

    base::Task<std::vector<bool>> give_back(std::vector<GiveBack> give_backs) override {
        return run(
            [give_backs = std::move(give_backs)](pqxx::connection& connection) {
                return give_back_jobs(connection, give_backs);
            },
            AfterLoss::Report);
    }

    base::Task<std::vector<bool>> fail(std::vector<Failure> failures) override {
        return run([failures = std::move(failures)](
                       pqxx::connection& connection) { return fail_jobs(connection, failures); },
                   AfterLoss::Repeat);
    }

    base::Task<std::vector<std::optional<JobView>>> find(std::vector<JobId> ids) override {
        return run([ids = std::move(ids)](
                       pqxx::connection& connection) { return find_views(connection, ids); },
                   AfterLoss::Repeat);
    }

    base::Task<std::vector<std::optional<InsertOutcome>>> find_holders(
        std::vector<NewJob> jobs) override {
        return run(
            [jobs = std::move(jobs)](pqxx::connection& connection) {
                return find_nullifier_holders(connection, jobs);
            },
            AfterLoss::Repeat);
    }

    base::Task<std::vector<bool>> hurry(std::vector<Hurry> hurries) override {
        return run([hurries = std::move(hurries)](
                       pqxx::connection& connection) { return hurry_jobs(connection, hurries); },
                   AfterLoss::Repeat);
    }

    base::Task<std::vector<DueJob>> due_times(std::vector<JobId> ids) override {
        return run(
            [ids = std::move(ids)](pqxx::connection& connection) {
                pqxx::nontransaction transaction(connection);
                std::vector<DueJob> jobs;
                for (const auto& row :
                     transaction.exec_prepared(sql::kDueTimes.name, id_array(ids))) {
                    jobs.push_back({read_id(row[0]), read_milliseconds(row[1])});
                }
                return jobs;
            },
            AfterLoss::Repeat);
    }

    base::Task<WalkPage> walk(WalkPosition from, std::size_t limit) override {
        return run(
            [from = std::move(from), limit](pqxx::connection& connection) {
                pqxx::nontransaction transaction(connection);
                const auto rows = transaction.exec_prepared(
                    sql::kWalk.name, from.due_at.empty() ? "-infinity" : from.due_at,
                    from.id.to_string(), limit);
                WalkPage page;
                for (const auto& row : rows) {
                    if (row[3].as<bool>()) {
                        page.jobs.push_back({read_id(row[0]), read_milliseconds(row[2])});
                    }
                }
                if (static_cast<std::size_t>(rows.size()) == limit) {
                    const auto last = rows[rows.size() - 1];
                    page.next = WalkPosition{last[1].c_str(), read_id(last[0])};
                }
                return page;
            },
            AfterLoss::Repeat);
    }

    base::Task<JobCounts> count() override {
        return run(
            [](pqxx::connection& connection) {
                pqxx::nontransaction transaction(connection);
                const auto row = transaction.exec_prepared(sql::kCount.name)[0];
                JobCounts counts;
                counts.queued = row[0].as<std::uint64_t>();
                counts.processing = row[1].as<std::uint64_t>();
                counts.oldest_due = read_milliseconds(row[2]);
                counts.unproven = row[3].as<std::uint64_t>();
                counts.oldest_age = read_milliseconds(row[4]);
                counts.oldest_age_but_root = read_milliseconds(row[5]);
                counts.failed = row[6].as<std::uint64_t>();
                return counts;
            },
            AfterLoss::Repeat);
    }

    base::Task<DeadLetterPage> walk_dead_letters(DeadLetterPosition from,
                                                 std::size_t limit) override {
        return run(
            [from = std::move(from), limit](pqxx::connection& connection) {
                pqxx::nontransaction transaction(connection);
                const auto rows =
                    transaction.exec_prepared(sql::kWalkDeadLetters.name,
                                              from.failed_at.empty() ? "-infinity" : from.failed_at,
                                              from.id.to_string(), limit);
                DeadLetterPage page;
                for (const auto& row : rows) {
                    page.letters.push_back({read_id(row[0]), read_milliseconds(row[2])});
                }
                if (page.letters.size() == limit && limit > 0) {
                    page.next = DeadLetterPosition{rows[rows.size() - 1][1].c_str(),
                                                   page.letters.back().id};
                }
                return page;
            },
            AfterLoss::Repeat);
    }

    base::Task<void> probe() override {
        return run([](pqxx::connection& connection) { probe_writes(connection); },
                   AfterLoss::Repeat);
    }

    base::Task<std::vector<Payment>> not_final(std::size_t limit) override {
        return run(
            [limit](pqxx::connection& connection) {
                pqxx::nontransaction transaction(connection);
                std::vector<Payment> payments;
                for (const auto& row : transaction.exec_prepared(sql::kNotFinal.name, limit)) {
                    payments.push_back(read_payment(row));
                }
                return payments;
            },
            AfterLoss::Repeat);
    }

    base::Task<std::vector<bool>> settle(std::vector<Payment> payments) override {
        return run(
            [payments = std::move(payments)](pqxx::connection& connection) {
                return settle_payments(connection, payments);
            },
            AfterLoss::Report);
    }

    base::Task<std::vector<bool>> reopen(std::vector<Reopening> reopenings) override {
        return run(
            [reopenings = std::move(reopenings)](pqxx::connection& connection) {
                return reopen_jobs(connection, reopenings);
            },
            AfterLoss::Report);
    }

  private:
    /// While the database is known to be away, says why at once instead of after another time
    /// limit.
    template <class Work>
    base::Task<std::invoke_result_t<Work&, pqxx::connection&>> run(Work work,
                                                                   AfterLoss after_loss) {
        if (!breaker_.try_acquire(base::Breaker::Clock::now())) {
            throw base::Outage(why_away_);
        }
        try {
            auto call = [work = std::move(work), limit = limit_, after_loss](Session& session) {
                return session.run(work, limit, after_loss);
            };
            if constexpr (std::is_void_v<std::invoke_result_t<Work&, pqxx::connection&>>) {
                co_await pool_.run(std::move(call));
                breaker_.succeeded();
            } else {
                auto answer = co_await pool_.run(std::move(call));
                breaker_.succeeded();
                co_return answer;
            }
        } catch (const jobs::LedgerRefusal&) {
            breaker_.succeeded(); // the server answered, if only to say no
            throw;
        } catch (const base::Outage& outage) {
            why_away_ = outage.what();
            breaker_.failed(base::Breaker::Clock::now());
            throw;
        } catch (const jobs::RowFault&) {
            breaker_.succeeded();
            throw;
        } catch (const boost::system::system_error&) {
            throw; // cancelled
        } catch (const std::exception& error) {
            // What the server told cannot be understood: a value that the relay never wrote, say.
            breaker_.succeeded();
            throw jobs::RowFault("postgres: " + first_line(error));
        }
    }

    milliseconds limit_;
    Watch watch_;
    base::Breaker breaker_{
        {.first_pause = milliseconds(100), .longest_pause = milliseconds(1'000)}};
    std::string why_away_;
    base::BlockingPool<Session> pool_;
};

} // namespace

std::unique_ptr<jobs::Ledger> make_ledger(const Settings& settings) {
    return std::make_unique<PostgresLedger>(settings);
}

} // namespace relay::postgres
