#include "support/jobs/memory_schedule.hpp"

#include "relay/base/clock.hpp"
#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/schedule.hpp"
#include "support/jobs/jobs.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <utility>
#include <vector>

namespace relay::test {

using jobs::DueJob;
using jobs::JobId;

namespace {

jobs::Timestamp due_at(const base::Clock& clock, const DueJob& job) {
    return wall_time(clock) + job.due_in;
}

} // namespace

base::Task<void> MemorySchedule::arrive() const {
    co_await boost::asio::post(co_await boost::asio::this_coro::executor,
                               boost::asio::use_awaitable);
    if (away_) {
        throw base::Outage("the test's schedule is away");
    }
}

base::Task<void> MemorySchedule::note(std::vector<DueJob> jobs) {
    co_await arrive();
    for (const auto& job : jobs) {
        due_[job.id] = due_at(clock_, job);
    }
}

base::Task<std::size_t> MemorySchedule::note_missing(std::vector<DueJob> jobs) {
    if (jobs.empty()) {
        co_return 0; // as the real one, which then asks nobody
    }
    co_await arrive();
    std::size_t added = 0;
    for (const auto& job : jobs) {
        const auto due = due_at(clock_, job);
        const auto [stands, is_new] = due_.emplace(job.id, due);
        if (stands->second > due + jobs::kLateAllowed) {
            stands->second = due + jobs::kLateAllowed;
            ++added;
        }
        added += is_new ? 1 : 0;
    }
    co_return added;
}

base::Task<std::vector<JobId>> MemorySchedule::take_due(std::size_t limit) {
    co_await arrive();
    std::vector<std::pair<jobs::Timestamp, JobId>> due;
    for (const auto& [id, at] : due_) {
        if (at <= wall_time(clock_)) {
            due.emplace_back(at, id);
        }
    }
    std::ranges::sort(due);
    due.resize(std::min(due.size(), limit));
    std::vector<JobId> ids;
    for (const auto& [at, id] : due) {
        due_.erase(id);
        ids.push_back(id);
    }
    co_return ids;
}

base::Task<void> MemorySchedule::note_failed(std::vector<JobId> ids) {
    co_await arrive();
    dead_.insert(ids.begin(), ids.end());
}

base::Task<std::size_t> MemorySchedule::note_missing_failed(std::vector<jobs::DeadLetter> letters) {
    if (letters.empty()) {
        co_return 0;
    }
    co_await arrive();
    std::size_t added = 0;
    for (const auto& letter : letters) {
        added += dead_.insert(letter.id).second ? 1 : 0;
    }
    co_return added;
}

base::Task<void> MemorySchedule::forget_failed(std::vector<JobId> ids) {
    co_await arrive();
    for (const auto& id : ids) {
        dead_.erase(id);
    }
}

base::Task<jobs::ScheduleDepth> MemorySchedule::depth() {
    co_await arrive();
    co_return jobs::ScheduleDepth{due_.size(), dead_.size()};
}

void MemorySchedule::forget_all() {
    due_.clear();
    dead_.clear();
}

} // namespace relay::test
