#pragma once
// The one door to the ledger. What comes for single jobs is batched with whatever else is asked at
// the same moment, so that a thousand share a statement and a commit; what comes for lists is
// passed on, kRowsAtOnce of them at most. Errors are base::Outage and nothing else. A row that may
// be at fault is tried alone, so that none fails for its neighbour: a lone job's caller then gets a
// LedgerRefusal; of a list it is left out, with false for its answer where it has one, and an error
// in the log.
//
//     const auto outcome = co_await ledger.insert(job);        // waits for its batch's commit
//     const bool written = co_await ledger.complete(payment);  // false: the lease is lost

#include "relay/base/batcher.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace relay::jobs {

/// The rows of one statement: its locks and its time stay short.
inline constexpr std::size_t kRowsAtOnce = 256;

class BatchedLedger {
  public:
    /// `writes` runs the batches: joined, never cancelled, before this object dies.
    BatchedLedger(base::TaskGroup& writes, Ledger& ledger);

    base::Task<InsertOutcome> insert(NewJob job) { return inserts_.submit(std::move(job)); }
    /// The writes of a claim answer false where its lease is lost.
    base::Task<bool> save_transaction(TransactionWrite write) {
        return saves_.submit(std::move(write));
    }
    base::Task<bool> complete(Completion completion) {
        return completions_.submit(std::move(completion));
    }
    base::Task<bool> give_back(GiveBack give_back) {
        return give_backs_.submit(std::move(give_back));
    }
    base::Task<bool> fail(Failure failure) { return failures_.submit(std::move(failure)); }
    base::Task<std::optional<JobView>> find(JobId id) { return look_ups_.submit(id); }
    base::Task<std::optional<InsertOutcome>> find_holder(NewJob job) {
        return holders_.submit(std::move(job));
    }

    /// Withdraws that wait to be inserted.
    std::size_t waiting() const { return inserts_.waiting(); }

    // Lists. REQUIRES: at most kRowsAtOnce elements each.
    base::Task<std::vector<Job>> claim(std::vector<JobId> ids, std::chrono::milliseconds lease);
    base::Task<std::vector<Job>> claim_due(std::size_t limit, std::chrono::milliseconds lease);
    base::Task<std::vector<bool>> renew(std::vector<Claim> claims, std::chrono::milliseconds lease);
    base::Task<std::vector<bool>> give_back_all(std::vector<GiveBack> give_backs);
    base::Task<std::vector<bool>> hurry(std::vector<Hurry> hurries);
    base::Task<std::vector<DueJob>> due_times(std::vector<JobId> ids);
    base::Task<std::vector<bool>> settle(std::vector<Payment> payments);
    base::Task<std::vector<bool>> reopen(std::vector<Reopening> reopenings);

    base::Task<WalkPage> walk(WalkPosition from, std::size_t limit);
    base::Task<JobCounts> count();
    base::Task<DeadLetterPage> walk_dead_letters(DeadLetterPosition from, std::size_t limit);
    base::Task<void> probe();
    base::Task<std::vector<Payment>> not_final(std::size_t limit);

  private:
    Ledger& ledger_;
    base::Batcher<NewJob, InsertOutcome> inserts_;
    base::Batcher<TransactionWrite, bool> saves_;
    base::Batcher<Completion, bool> completions_;
    base::Batcher<GiveBack, bool> give_backs_;
    base::Batcher<Failure, bool> failures_;
    base::Batcher<JobId, std::optional<JobView>> look_ups_;
    base::Batcher<NewJob, std::optional<InsertOutcome>> holders_;
};

} // namespace relay::jobs
