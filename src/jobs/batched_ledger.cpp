#include "relay/jobs/batched_ledger.hpp"

#include "relay/base/batcher.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"

#include <cassert>
#include <chrono>
#include <cstddef>
#include <utility>
#include <vector>

namespace relay::jobs {

namespace {

/// Where no neighbour can be spared by trying again, a fault of a row is the ledger's refusal.
template <class T>
base::Task<T> owned(base::Task<T> call) {
    try {
        co_return co_await std::move(call);
    } catch (const RowFault& fault) {
        throw LedgerRefusal(fault.what());
    }
}

/// The batcher that passes its batches on to the ledger's `method`; see Batcher for what becomes of
/// a batch with a RowFault.
template <class Request, class Outcome>
base::Batcher<Request, Outcome> batched(
    base::TaskGroup& writes, const char* name, Ledger& ledger,
    base::Task<std::vector<Outcome>> (Ledger::*method)(std::vector<Request>)) {
    return {writes,
            name,
            {.largest_batch = kRowsAtOnce},
            [&ledger, method](std::vector<Request> batch) {
                const bool alone = batch.size() == 1;
                auto call = (ledger.*method)(std::move(batch));
                return alone ? owned(std::move(call)) : std::move(call);
            }};
}

} // namespace

BatchedLedger::BatchedLedger(base::TaskGroup& writes, Ledger& ledger)
    : ledger_(ledger),
      inserts_(batched(writes, "insert jobs", ledger, &Ledger::insert)),
      saves_(batched(writes, "save transactions", ledger, &Ledger::save_transactions)),
      completions_(batched(writes, "complete jobs", ledger, &Ledger::complete)),
      give_backs_(batched(writes, "give jobs back", ledger, &Ledger::give_back)),
      failures_(batched(writes, "fail jobs", ledger, &Ledger::fail)),
      look_ups_(batched(writes, "find jobs", ledger, &Ledger::find)) {}

base::Task<std::vector<Job>> BatchedLedger::claim(std::vector<JobId> ids,
                                                  std::chrono::milliseconds lease) {
    assert(ids.size() <= kRowsAtOnce);
    return owned(ledger_.claim(std::move(ids), lease));
}

base::Task<std::vector<Job>> BatchedLedger::claim_due(std::size_t limit,
                                                      std::chrono::milliseconds lease) {
    assert(limit <= kRowsAtOnce);
    return owned(ledger_.claim_due(limit, lease));
}

base::Task<std::vector<bool>> BatchedLedger::renew(std::vector<Claim> claims,
                                                   std::chrono::milliseconds lease) {
    assert(claims.size() <= kRowsAtOnce);
    return owned(ledger_.renew(std::move(claims), lease));
}

base::Task<std::vector<bool>> BatchedLedger::give_back_all(std::vector<GiveBack> give_backs) {
    assert(give_backs.size() <= kRowsAtOnce);
    return owned(ledger_.give_back(std::move(give_backs)));
}

base::Task<std::vector<DueJob>> BatchedLedger::due_times(std::vector<JobId> ids) {
    assert(ids.size() <= kRowsAtOnce);
    return owned(ledger_.due_times(std::move(ids)));
}

base::Task<std::vector<bool>> BatchedLedger::settle(std::vector<Payment> payments) {
    assert(payments.size() <= kRowsAtOnce);
    return owned(ledger_.settle(std::move(payments)));
}

base::Task<std::vector<bool>> BatchedLedger::reopen(std::vector<Reopening> reopenings) {
    assert(reopenings.size() <= kRowsAtOnce);
    return owned(ledger_.reopen(std::move(reopenings)));
}

base::Task<WalkPage> BatchedLedger::walk(WalkPosition from, std::size_t limit) {
    return owned(ledger_.walk(std::move(from), limit));
}

base::Task<JobCounts> BatchedLedger::count() {
    return owned(ledger_.count());
}

base::Task<DeadLetterPage> BatchedLedger::walk_dead_letters(DeadLetterPosition from,
                                                            std::size_t limit) {
    return owned(ledger_.walk_dead_letters(std::move(from), limit));
}

base::Task<void> BatchedLedger::probe() {
    return owned(ledger_.probe());
}

base::Task<std::vector<Payment>> BatchedLedger::not_final(std::size_t limit) {
    return owned(ledger_.not_final(limit));
}

} // namespace relay::jobs
