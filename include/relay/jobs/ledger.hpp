#pragma once
// The job store for single jobs: each kind of write and look-up is batched with whatever else is
// asked at the same moment. Errors are the store's own; see store.hpp.

#include "relay/base/batcher.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/store.hpp"

#include <cstddef>
#include <optional>
#include <utility>

namespace relay::jobs {

class Ledger {
  public:
    /// `writes` runs the batches: joined, never cancelled, before the ledger dies.
    Ledger(base::TaskGroup& writes, JobStore& store);

    base::Task<InsertOutcome> insert(NewJob job) { return inserts_.submit(std::move(job)); }
    /// The writes of a claim answer false where its lease is lost.
    base::Task<bool> save_transaction(TransactionWrite write) {
        return saves_.submit(std::move(write));
    }
    base::Task<bool> complete(Completion completion) {
        return completions_.submit(std::move(completion));
    }
    base::Task<bool> give_back(Return back) { return returns_.submit(std::move(back)); }
    base::Task<bool> bury(Burial burial) { return burials_.submit(std::move(burial)); }
    base::Task<std::optional<JobView>> find(JobId id) { return look_ups_.submit(id); }

    /// Withdraws that wait to be inserted.
    std::size_t waiting() const { return inserts_.waiting(); }

  private:
    base::Batcher<NewJob, InsertOutcome> inserts_;
    base::Batcher<TransactionWrite, bool> saves_;
    base::Batcher<Completion, bool> completions_;
    base::Batcher<Return, bool> returns_;
    base::Batcher<Burial, bool> burials_;
    base::Batcher<JobId, std::optional<JobView>> look_ups_;
};

} // namespace relay::jobs
