#pragma once
// Ledger in memory, with a clock of the test's. Several may share one BatchedLedger, as processes
// share one database.

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/signature.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relay::test {

/// The rows; what MemoryLedger works on.
struct MemoryRows {
    struct Row {
        jobs::JobView view;
        solana::Withdraw withdraw;
        jobs::Timestamp due_at;
        std::optional<jobs::Lease> lease;
        std::vector<solana::Signature> signatures;
        std::optional<solana::SavedTransaction> transaction;
        bool transaction_refused = false;
        /// By an operator, since `transaction` was signed.
        bool retried = false;
        bool final = true;
        /// Retries and the final failure, as they came.
        std::vector<jobs::JobError> history;

        bool is_live() const {
            return view.status == jobs::JobStatus::Queued ||
                   view.status == jobs::JobStatus::Processing;
        }
    };

    std::map<jobs::JobId, Row> jobs;
    /// Spent nullifiers and whose they are.
    std::map<solana::Hash, jobs::JobId> nullifiers;
    /// What stays of completed jobs that were removed: all but what is private.
    std::map<jobs::JobId, Row> removed;
    std::uint32_t leases = 0;
};

class MemoryLedger final : public jobs::Ledger {
  public:
    MemoryLedger(base::Clock& clock, MemoryRows& rows) : clock_(clock), rows_(rows) {}

    base::Task<std::vector<jobs::InsertOutcome>> insert(std::vector<jobs::NewJob> jobs) override;
    base::Task<std::vector<jobs::Job>> claim(std::vector<jobs::JobId> ids,
                                             std::chrono::milliseconds lease) override;
    base::Task<std::vector<jobs::Job>> claim_due(std::size_t limit,
                                                 std::chrono::milliseconds lease) override;
    base::Task<std::vector<bool>> save_transactions(
        std::vector<jobs::TransactionWrite> writes) override;
    base::Task<std::vector<bool>> renew(std::vector<jobs::Claim> claims,
                                        std::chrono::milliseconds lease) override;
    base::Task<std::vector<bool>> complete(std::vector<jobs::Completion> completions) override;
    base::Task<std::vector<bool>> give_back(std::vector<jobs::GiveBack> give_backs) override;
    base::Task<std::vector<bool>> fail(std::vector<jobs::Failure> failures) override;
    base::Task<std::vector<std::optional<jobs::JobView>>> find(
        std::vector<jobs::JobId> ids) override;
    base::Task<std::vector<std::optional<jobs::InsertOutcome>>> find_holders(
        std::vector<jobs::NewJob> jobs) override;
    base::Task<std::vector<bool>> hurry(std::vector<jobs::Hurry> hurries) override;
    base::Task<std::vector<jobs::DueJob>> due_times(std::vector<jobs::JobId> ids) override;
    base::Task<jobs::WalkPage> walk(jobs::WalkPosition from, std::size_t limit) override;
    base::Task<jobs::JobCounts> count() override;
    base::Task<jobs::DeadLetterPage> walk_dead_letters(jobs::DeadLetterPosition from,
                                                       std::size_t limit) override;
    base::Task<void> probe() override;
    base::Task<std::vector<jobs::Payment>> not_final(std::size_t limit) override;
    base::Task<std::vector<bool>> settle(std::vector<jobs::Payment> payments) override;
    base::Task<std::vector<bool>> reopen(std::vector<jobs::Reopening> reopenings) override;

    /// Every call throws base::Outage meanwhile.
    void set_away(bool away) { away_ = away; }
    /// Probes throw a RowFault with these words meanwhile; none: they pass.
    void set_probe_fault(std::optional<std::string> fault) { probe_fault_ = std::move(fault); }
    /// As where a commit waits for a standby.
    void set_probe_takes(std::chrono::milliseconds duration) { probe_takes_ = duration; }
    /// The answers of inserts come no sooner than the signal; none: at once.
    void set_insert_answer(base::WakeUp* signal) { insert_answer_ = signal; }
    /// As over a large ledger.
    void set_count_takes(std::chrono::milliseconds duration) { count_takes_ = duration; }

  private:
    using Row = MemoryRows::Row;

    base::Task<void> arrive() const;
    std::optional<jobs::InsertOutcome> holder_of(const jobs::NewJob& job) const;
    jobs::InsertOutcome insert_one(const jobs::NewJob& job);
    jobs::Job claim_row(Row& row, std::chrono::milliseconds lease);
    Row* held(const jobs::Claim& claim);
    Row* not_final_row(const jobs::JobId& id, const solana::Signature& signature);
    std::chrono::milliseconds due_in(const Row& row) const;
    std::vector<Row*> live_by_due_time();

    base::Clock& clock_;
    MemoryRows& rows_;
    bool away_ = false;
    base::WakeUp* insert_answer_ = nullptr;
    std::chrono::milliseconds count_takes_{0};
    std::chrono::milliseconds probe_takes_{0};
    std::optional<std::string> probe_fault_;
};

} // namespace relay::test
