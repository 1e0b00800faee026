#include "relay/jobs/ledger.hpp"

#include "relay/base/task_group.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/store.hpp"

#include <utility>
#include <vector>

namespace relay::jobs {

Ledger::Ledger(base::TaskGroup& writes, JobStore& store)
    : inserts_(writes, "insert jobs", {},
               [&store](std::vector<NewJob> jobs) { return store.insert(std::move(jobs)); }),
      saves_(writes, "save transactions", {},
             [&store](std::vector<TransactionWrite> batch) {
                 return store.save_transactions(std::move(batch));
             }),
      completions_(
          writes, "complete jobs", {},
          [&store](std::vector<Completion> batch) { return store.complete(std::move(batch)); }),
      returns_(writes, "give jobs back", {},
               [&store](std::vector<Return> batch) { return store.give_back(std::move(batch)); }),
      burials_(writes, "bury jobs", {},
               [&store](std::vector<Burial> batch) { return store.bury(std::move(batch)); }),
      look_ups_(writes, "find jobs", {},
                [&store](std::vector<JobId> ids) { return store.find(std::move(ids)); }) {}

} // namespace relay::jobs
