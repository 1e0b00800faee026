// What is asked of the memory ledger as a whole: its walks, its counts, and its probe.

#include "relay/base/task.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/state_machine.hpp"
#include "support/jobs/jobs.hpp"
#include "support/jobs/memory_ledger.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace relay::test {

using jobs::JobStatus;
using std::chrono::milliseconds;

namespace {

/// Texts that sort as the times do.
std::string sortable(jobs::Timestamp time) {
    const auto digits = std::to_string(time.time_since_epoch().count());
    return std::string(20 - digits.size(), '0') + digits;
}

} // namespace

std::vector<MemoryLedger::Row*> MemoryLedger::live_by_due_time() {
    std::vector<Row*> live;
    for (auto& [id, row] : rows_.jobs) {
        if (row.is_live()) {
            live.push_back(&row);
        }
    }
    std::ranges::stable_sort(live, {}, [](const Row* row) { return row->due_at; });
    return live;
}

base::Task<jobs::WalkPage> MemoryLedger::walk(jobs::WalkPosition from, std::size_t limit) {
    co_await arrive();
    jobs::WalkPage page;
    std::size_t seen = 0;
    for (const auto* row : live_by_due_time()) {
        jobs::WalkPosition position{sortable(row->due_at), row->view.id};
        if (std::pair(position.due_at, position.id) <= std::pair(from.due_at, from.id)) {
            continue;
        }
        if (row->view.status == JobStatus::Queued || row->due_at <= wall_time(clock_)) {
            page.jobs.push_back({row->view.id, due_in(*row)});
        }
        if (++seen == limit) {
            page.next = std::move(position);
            break;
        }
    }
    co_return page;
}

base::Task<std::vector<std::optional<jobs::InsertOutcome>>> MemoryLedger::find_holders(
    std::vector<jobs::NewJob> jobs) {
    co_await arrive();
    std::vector<std::optional<jobs::InsertOutcome>> answers;
    for (const auto& job : jobs) {
        answers.push_back(holder_of(job));
    }
    co_return answers;
}

base::Task<std::vector<bool>> MemoryLedger::hurry(std::vector<jobs::Hurry> hurries) {
    co_await arrive();
    const auto now = wall_time(clock_);
    std::vector<bool> answers;
    for (const auto& hurry : hurries) {
        const auto found = rows_.jobs.find(hurry.id);
        auto* row = found == rows_.jobs.end() ? nullptr : &found->second;
        answers.push_back(row != nullptr && row->view.status == JobStatus::Queued &&
                          row->view.error && row->view.error->code == hurry.code &&
                          row->due_at > now);
        if (answers.back()) {
            row->due_at = now;
        }
    }
    co_return answers;
}

base::Task<jobs::JobCounts> MemoryLedger::count() {
    if (count_takes_.count() > 0) {
        co_await clock_.sleep_for(count_takes_);
    }
    co_await arrive();
    jobs::JobCounts counts;
    for (const auto* row : live_by_due_time()) {
        const bool queued = row->view.status == JobStatus::Queued;
        ++(queued ? counts.queued : counts.processing);
        const auto age = std::chrono::floor<milliseconds>(wall_time(clock_) - row->view.created_at);
        counts.oldest_age = std::max(counts.oldest_age, age);
        if (!row->view.error || row->view.error->code != "root_not_found") {
            counts.oldest_age_but_root = std::max(counts.oldest_age_but_root, age);
        }
        counts.unproven += row->view.error && row->view.error->code == jobs::kProofOfExpiry ? 1 : 0;
        if (queued) {
            const auto overdue = std::chrono::floor<milliseconds>(wall_time(clock_) - row->due_at);
            counts.oldest_due = std::max(counts.oldest_due, overdue);
        }
    }
    counts.failed = static_cast<std::uint64_t>(std::ranges::count_if(
        rows_.jobs, [](auto& entry) { return entry.second.view.status == JobStatus::Failed; }));
    co_return counts;
}

base::Task<jobs::DeadLetterPage> MemoryLedger::walk_dead_letters(jobs::DeadLetterPosition from,
                                                                 std::size_t limit) {
    co_await arrive();
    std::vector<const Row*> failed;
    for (const auto& [id, row] : rows_.jobs) {
        if (row.view.status == JobStatus::Failed) {
            failed.push_back(&row);
        }
    }
    std::ranges::stable_sort(failed, {}, [](const Row* row) { return row->view.updated_at; });
    jobs::DeadLetterPage page;
    for (const auto* row : failed) {
        jobs::DeadLetterPosition position{sortable(row->view.updated_at), row->view.id};
        if (std::pair(position.failed_at, position.id) <= std::pair(from.failed_at, from.id)) {
            continue;
        }
        const auto age = std::chrono::floor<milliseconds>(wall_time(clock_) - row->view.updated_at);
        page.letters.push_back({row->view.id, age});
        if (page.letters.size() == limit) {
            page.next = std::move(position);
            break;
        }
    }
    co_return page;
}

base::Task<void> MemoryLedger::probe() {
    if (probe_takes_.count() > 0) {
        co_await clock_.sleep_for(probe_takes_);
    }
    co_await arrive();
    if (probe_fault_) {
        throw jobs::RowFault(*probe_fault_);
    }
}

} // namespace relay::test
