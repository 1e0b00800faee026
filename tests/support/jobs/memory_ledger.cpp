#include "support/jobs/memory_ledger.hpp"

#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/solana/shield_pool.hpp"
#include "support/jobs/jobs.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace relay::test {

using jobs::InsertOutcome;
using jobs::JobId;
using jobs::JobStatus;
using std::chrono::milliseconds;

namespace {

/// Beyond the numbers of jobs: a lease is never a job's id, which a head start's is.
constexpr std::uint32_t kFirstLease = 1'000'000'000;

} // namespace

base::Task<void> MemoryLedger::arrive() const {
    co_await boost::asio::post(co_await boost::asio::this_coro::executor,
                               boost::asio::use_awaitable);
    if (away_) {
        throw base::Outage("the test's ledger is away");
    }
}

std::optional<InsertOutcome> MemoryLedger::holder_of(const jobs::NewJob& job) const {
    const auto& nullifier = job.withdraw.nullifier;
    for (const auto& [id, row] : rows_.jobs) {
        if (row.withdraw.nullifier != nullifier || row.view.status == JobStatus::Failed) {
            continue;
        }
        if (id == job.id) {
            return InsertOutcome{InsertOutcome::Kind::Accepted, id,
                                 job.head_start ? JobStatus::Processing : JobStatus::Queued};
        }
        const bool same =
            solana::public_inputs(row.withdraw) == solana::public_inputs(job.withdraw);
        return InsertOutcome{same ? InsertOutcome::Kind::Duplicate : InsertOutcome::Kind::Conflict,
                             id, row.view.status};
    }
    if (const auto spent = rows_.nullifiers.find(nullifier); spent != rows_.nullifiers.end()) {
        const auto removed = rows_.removed.find(spent->second);
        const bool same =
            removed != rows_.removed.end() &&
            solana::public_inputs(removed->second.withdraw) == solana::public_inputs(job.withdraw);
        return InsertOutcome{same ? InsertOutcome::Kind::Duplicate : InsertOutcome::Kind::Conflict,
                             spent->second, JobStatus::Completed};
    }
    return std::nullopt;
}

InsertOutcome MemoryLedger::insert_one(const jobs::NewJob& job) {
    if (auto holder = holder_of(job)) {
        return *holder;
    }
    Row row;
    row.view.id = job.id;
    row.view.created_at = row.view.updated_at = row.due_at = wall_time(clock_);
    row.withdraw = job.withdraw;
    if (job.head_start) {
        row.view.status = JobStatus::Processing;
        row.view.started_at = row.view.created_at;
        row.lease = job.head_start->lease;
        row.due_at = wall_time(clock_) + job.head_start->lease_time;
        row.transaction = job.head_start->transaction;
        row.signatures.push_back(job.head_start->transaction.signature);
    }
    const auto status = row.view.status;
    rows_.jobs.emplace(job.id, std::move(row));
    return {InsertOutcome::Kind::Accepted, job.id, status};
}

base::Task<std::vector<InsertOutcome>> MemoryLedger::insert(std::vector<jobs::NewJob> jobs) {
    co_await arrive();
    std::vector<InsertOutcome> outcomes;
    for (const auto& job : jobs) {
        outcomes.push_back(insert_one(job));
    }
    if (insert_answer_ != nullptr) {
        co_await insert_answer_->wait();
    }
    co_return outcomes;
}

jobs::Job MemoryLedger::claim_row(Row& row, milliseconds lease) {
    row.view.status = JobStatus::Processing;
    row.view.started_at = row.view.started_at.value_or(wall_time(clock_));
    row.view.updated_at = wall_time(clock_);
    row.lease = jobs::Lease{make_job_id(kFirstLease + ++rows_.leases).bytes};
    row.due_at = wall_time(clock_) + lease;
    jobs::Job job;
    job.id = row.view.id;
    job.lease = *row.lease;
    job.withdraw = row.withdraw;
    job.retry_count = row.view.retry_count;
    job.transaction = row.transaction;
    job.transaction_refused = std::exchange(row.transaction_refused, false);
    job.earlier_signatures = row.signatures;
    job.retried = row.retried;
    if (job.transaction) {
        job.earlier_signatures.pop_back();
    }
    job.age = std::chrono::floor<milliseconds>(wall_time(clock_) - row.view.created_at);
    return job;
}

base::Task<std::vector<jobs::Job>> MemoryLedger::claim(std::vector<JobId> ids, milliseconds lease) {
    co_await arrive();
    std::vector<jobs::Job> claimed;
    for (const auto& id : ids) {
        const auto found = rows_.jobs.find(id);
        if (found != rows_.jobs.end() && found->second.is_live() &&
            found->second.due_at <= wall_time(clock_)) {
            claimed.push_back(claim_row(found->second, lease));
        }
    }
    co_return claimed;
}

base::Task<std::vector<jobs::Job>> MemoryLedger::claim_due(std::size_t limit, milliseconds lease) {
    co_await arrive();
    std::vector<jobs::Job> claimed;
    for (auto* row : live_by_due_time()) {
        if (claimed.size() < limit && row->due_at <= wall_time(clock_)) {
            claimed.push_back(claim_row(*row, lease));
        }
    }
    co_return claimed;
}

MemoryLedger::Row* MemoryLedger::held(const jobs::Claim& claim) {
    const auto found = rows_.jobs.find(claim.id);
    if (found == rows_.jobs.end() || found->second.lease != claim.lease) {
        return nullptr;
    }
    return &found->second;
}

base::Task<std::vector<bool>> MemoryLedger::save_transactions(
    std::vector<jobs::TransactionWrite> writes) {
    co_await arrive();
    std::vector<bool> answers;
    for (const auto& write : writes) {
        auto* row = held(write.claim);
        answers.push_back(row != nullptr);
        if (row != nullptr) {
            row->signatures.push_back(write.transaction.signature);
            row->transaction = write.transaction;
            row->transaction_refused = false;
            row->retried = false;
            row->view.updated_at = wall_time(clock_);
        }
    }
    co_return answers;
}

base::Task<std::vector<bool>> MemoryLedger::renew(std::vector<jobs::Claim> claims,
                                                  milliseconds lease) {
    co_await arrive();
    std::vector<bool> answers;
    for (const auto& claim : claims) {
        auto* row = held(claim);
        answers.push_back(row != nullptr);
        if (row != nullptr) {
            row->due_at = wall_time(clock_) + lease;
        }
    }
    co_return answers;
}

base::Task<std::vector<bool>> MemoryLedger::complete(std::vector<jobs::Completion> completions) {
    co_await arrive();
    std::vector<bool> answers;
    for (const auto& completion : completions) {
        auto* row = held(completion.claim);
        const auto found = rows_.jobs.find(completion.claim.id);
        const bool stands =
            found != rows_.jobs.end() && found->second.view.tx_id == completion.signature;
        answers.push_back(row != nullptr || stands);
        if (row != nullptr) {
            row->lease.reset();
            row->view.status = JobStatus::Completed;
            row->view.tx_id = completion.signature;
            row->view.slot = completion.slot;
            row->final = completion.final;
            row->view.error.reset();
            row->view.completed_at = row->view.updated_at = wall_time(clock_);
            rows_.nullifiers.emplace(row->withdraw.nullifier, row->view.id);
        }
    }
    co_return answers;
}

MemoryLedger::Row* MemoryLedger::not_final_row(const jobs::JobId& id,
                                               const solana::Signature& signature) {
    const auto found = rows_.jobs.find(id);
    const bool is_it =
        found != rows_.jobs.end() && !found->second.final && found->second.view.tx_id == signature;
    return is_it ? &found->second : nullptr;
}

base::Task<std::vector<jobs::Payment>> MemoryLedger::not_final(std::size_t limit) {
    co_await arrive();
    std::vector<jobs::Payment> payments;
    for (const auto& [id, row] : rows_.jobs) {
        if (!row.final && payments.size() < limit) {
            const auto last_valid =
                row.transaction ? row.transaction->last_valid_block_height : solana::BlockHeight{0};
            payments.push_back({id, row.view.tx_id.value(), last_valid, {}});
        }
    }
    co_return payments;
}

base::Task<std::vector<bool>> MemoryLedger::settle(std::vector<jobs::Payment> payments) {
    co_await arrive();
    std::vector<bool> answers;
    for (const auto& payment : payments) {
        auto* row = not_final_row(payment.id, payment.signature);
        answers.push_back(row != nullptr);
        if (row != nullptr) {
            row->final = true;
        }
    }
    co_return answers;
}

base::Task<std::vector<bool>> MemoryLedger::reopen(std::vector<jobs::Reopening> reopenings) {
    co_await arrive();
    std::vector<bool> answers;
    for (const auto& reopening : reopenings) {
        auto* row = not_final_row(reopening.id, reopening.signature);
        answers.push_back(row != nullptr);
        if (row != nullptr) {
            row->final = true;
            row->view.status = JobStatus::Queued;
            row->view.tx_id.reset();
            row->view.slot.reset();
            row->view.completed_at.reset();
            row->view.error = reopening.error;
            row->due_at = row->view.updated_at = wall_time(clock_);
            row->history.push_back(reopening.error);
            rows_.nullifiers.erase(row->withdraw.nullifier);
        }
    }
    co_return answers;
}

base::Task<std::vector<bool>> MemoryLedger::give_back(std::vector<jobs::GiveBack> give_backs) {
    co_await arrive();
    std::vector<bool> answers;
    for (const auto& back : give_backs) {
        auto* row = held(back.claim);
        answers.push_back(row != nullptr);
        if (row == nullptr) {
            continue;
        }
        row->lease.reset();
        row->view.status = JobStatus::Queued;
        row->view.updated_at = wall_time(clock_);
        row->due_at = wall_time(clock_) + back.delay;
        if (back.keep == jobs::KeepTransaction::Drop) {
            row->transaction.reset();
        }
        row->transaction_refused = back.keep == jobs::KeepTransaction::KeepRefused;
        if (back.error) {
            row->view.error = back.error;
        }
        if (back.counts) {
            ++row->view.retry_count;
            row->history.push_back(back.error.value_or(jobs::JobError{}));
        }
    }
    co_return answers;
}

base::Task<std::vector<bool>> MemoryLedger::fail(std::vector<jobs::Failure> failures) {
    co_await arrive();
    std::vector<bool> answers;
    for (const auto& failure : failures) {
        auto* row = held(failure.claim);
        const auto found = rows_.jobs.find(failure.claim.id);
        const bool stands = found != rows_.jobs.end() &&
                            found->second.view.status == JobStatus::Failed &&
                            found->second.view.error->code == failure.error.code;
        answers.push_back(row != nullptr || stands);
        if (row != nullptr) {
            row->lease.reset();
            row->view.status = JobStatus::Failed;
            row->view.error = failure.error;
            row->view.updated_at = wall_time(clock_);
            row->history.push_back(failure.error);
        }
    }
    co_return answers;
}

base::Task<std::vector<std::optional<jobs::JobView>>> MemoryLedger::find(std::vector<JobId> ids) {
    co_await arrive();
    std::vector<std::optional<jobs::JobView>> views;
    for (const auto& id : ids) {
        const auto found = rows_.jobs.find(id);
        if (const auto removed = rows_.removed.find(id); removed != rows_.removed.end()) {
            views.emplace_back(removed->second.view);
            continue;
        }
        if (found == rows_.jobs.end()) {
            views.emplace_back();
            continue;
        }
        auto& view = views.emplace_back(found->second.view);
        if (view->status == JobStatus::Queued) {
            view->next_attempt_at = found->second.due_at;
        }
        view->due = found->second.is_live() && found->second.due_at <= wall_time(clock_);
    }
    co_return views;
}

milliseconds MemoryLedger::due_in(const Row& row) const {
    return std::chrono::ceil<milliseconds>(row.due_at - wall_time(clock_));
}

base::Task<std::vector<jobs::DueJob>> MemoryLedger::due_times(std::vector<JobId> ids) {
    co_await arrive();
    std::vector<jobs::DueJob> due;
    for (const auto& id : ids) {
        const auto found = rows_.jobs.find(id);
        if (found != rows_.jobs.end() && found->second.is_live()) {
            due.push_back({id, due_in(found->second)});
        }
    }
    co_return due;
}

} // namespace relay::test
