#include "relay/jobs/batched_ledger.hpp"

#include "relay/base/batcher.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/observability/logging.hpp"

#include <cassert>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relay::jobs {

namespace {

const JobId& id_of(const JobId& id) {
    return id;
}
const JobId& id_of(const Claim& claim) {
    return claim.id;
}
const JobId& id_of(const GiveBack& give_back) {
    return give_back.claim.id;
}
const JobId& id_of(const Hurry& hurry) {
    return hurry.id;
}
const JobId& id_of(const Payment& payment) {
    return payment.id;
}
const JobId& id_of(const Reopening& reopening) {
    return reopening.id;
}

/// Where no neighbour can be spared by trying again, a fault of a row is the ledger's refusal.
template <class T>
base::Task<T> owned(base::Task<T> call) {
    try {
        co_return co_await std::move(call);
    } catch (const RowFault& fault) {
        throw LedgerRefusal(fault.what());
    }
}

/// What one row is answered, or why it is refused.
template <class Answer>
struct Trial {
    std::vector<Answer> answers;
    std::optional<std::string> fault;
};

template <class Answer>
base::Task<Trial<Answer>> tried(base::Task<std::vector<Answer>> call) {
    Trial<Answer> trial;
    try {
        trial.answers = co_await std::move(call);
    } catch (const RowFault& fault) {
        trial.fault = fault.what();
    }
    co_return trial;
}

/// The list's answers; where one of several may be at fault, each alone, so that its neighbours do
/// not suffer for it. `nothing` is the answer of who is at fault.
template <class Item, class Answer>
base::Task<std::vector<Answer>> sparing(
    std::vector<Item> items, std::function<base::Task<std::vector<Answer>>(std::vector<Item>)> call,
    std::vector<Answer> nothing) {
    auto together = tried<Answer>(call(items));
    const auto whole = co_await std::move(together);
    if (!whole.fault) {
        co_return whole.answers;
    }
    std::vector<Answer> answers;
    std::vector<std::string> at_fault;
    for (const auto& item : items) {
        auto one = whole;
        if (items.size() > 1) {
            std::vector<Item> alone(1, item);
            auto trial = tried<Answer>(call(std::move(alone)));
            one = co_await std::move(trial);
        }
        const auto& answer = one.fault ? nothing : one.answers;
        answers.insert(answers.end(), answer.begin(), answer.end());
        if (one.fault) {
            at_fault.push_back(id_of(item).to_string());
        }
    }
    if (!at_fault.empty()) {
        observability::log_error(
            "rows_at_fault", "jobs are left alone whose rows are refused",
            {{"jobs", at_fault.size()}, {"first", at_fault.front()}, {"reason", *whole.fault}});
    }
    co_return answers;
}

/// The writes that say of each whether it was made.
template <class Item>
base::Task<std::vector<bool>> sparing(
    std::vector<Item> items, std::function<base::Task<std::vector<bool>>(std::vector<Item>)> call) {
    return sparing<Item, bool>(std::move(items), std::move(call), std::vector<bool>(1, false));
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
      look_ups_(batched(writes, "find jobs", ledger, &Ledger::find)),
      holders_(batched(writes, "find nullifiers' jobs", ledger, &Ledger::find_holders)) {}

base::Task<std::vector<Job>> BatchedLedger::claim(std::vector<JobId> ids,
                                                  std::chrono::milliseconds lease) {
    assert(ids.size() <= kRowsAtOnce);
    const auto call = [this, lease](std::vector<JobId> some) {
        return ledger_.claim(std::move(some), lease);
    };
    return sparing<JobId, Job>(std::move(ids), call, {});
}

base::Task<std::vector<Job>> BatchedLedger::claim_due(std::size_t limit,
                                                      std::chrono::milliseconds lease) {
    assert(limit <= kRowsAtOnce);
    try {
        co_return co_await ledger_.claim_due(limit, lease);
    } catch (const RowFault&) { // which of them is at fault, only a claim by its id tells
    }
    WalkPosition beginning;
    const auto page = co_await walk(std::move(beginning), limit);
    std::vector<JobId> due;
    for (const auto& job : page.jobs) {
        if (job.due_in.count() <= 0) {
            due.push_back(job.id);
        }
    }
    co_return co_await claim(std::move(due), lease);
}

base::Task<std::vector<bool>> BatchedLedger::renew(std::vector<Claim> claims,
                                                   std::chrono::milliseconds lease) {
    assert(claims.size() <= kRowsAtOnce);
    return sparing<Claim>(std::move(claims), [this, lease](std::vector<Claim> some) {
        return ledger_.renew(std::move(some), lease);
    });
}

base::Task<std::vector<bool>> BatchedLedger::give_back_all(std::vector<GiveBack> give_backs) {
    assert(give_backs.size() <= kRowsAtOnce);
    return sparing<GiveBack>(std::move(give_backs), [this](std::vector<GiveBack> some) {
        return ledger_.give_back(std::move(some));
    });
}

base::Task<std::vector<bool>> BatchedLedger::hurry(std::vector<Hurry> hurries) {
    assert(hurries.size() <= kRowsAtOnce);
    return sparing<Hurry>(std::move(hurries), [this](std::vector<Hurry> some) {
        return ledger_.hurry(std::move(some));
    });
}

base::Task<std::vector<DueJob>> BatchedLedger::due_times(std::vector<JobId> ids) {
    assert(ids.size() <= kRowsAtOnce);
    return owned(ledger_.due_times(std::move(ids)));
}

base::Task<std::vector<bool>> BatchedLedger::settle(std::vector<Payment> payments) {
    assert(payments.size() <= kRowsAtOnce);
    return sparing<Payment>(std::move(payments), [this](std::vector<Payment> some) {
        return ledger_.settle(std::move(some));
    });
}

base::Task<std::vector<bool>> BatchedLedger::reopen(std::vector<Reopening> reopenings) {
    assert(reopenings.size() <= kRowsAtOnce);
    return sparing<Reopening>(std::move(reopenings), [this](std::vector<Reopening> some) {
        return ledger_.reopen(std::move(some));
    });
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
