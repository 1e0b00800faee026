#include "relay/jobs/best_effort_schedule.hpp"

#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/schedule.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relay::jobs {

BestEffortSchedule::BestEffortSchedule(base::TaskGroup& tasks, Schedule& schedule,
                                       base::WakeUp& due)
    : tasks_(tasks), schedule_(schedule), due_(due) {}

void BestEffortSchedule::note(DueJob job) {
    to_note_.push_back(job);
    start_drain();
}

void BestEffortSchedule::note_failed(JobId id) {
    failed_.push_back(id);
    start_drain();
}

void BestEffortSchedule::forget_failed(JobId id) {
    forgotten_.push_back(id);
    start_drain();
}

void BestEffortSchedule::start_drain() {
    if (!draining_) {
        draining_ = true;
        tasks_.spawn("note jobs", drain());
    }
}

base::Task<void> BestEffortSchedule::drain() {
    while (!to_note_.empty() || !failed_.empty() || !forgotten_.empty()) {
        const auto jobs = std::exchange(to_note_, {});
        const auto failed = std::exchange(failed_, {});
        const auto forgotten = std::exchange(forgotten_, {});
        try {
            if (!jobs.empty()) {
                co_await schedule_.note(jobs);
            }
            if (!failed.empty()) {
                co_await schedule_.note_failed(failed);
            }
            if (!forgotten.empty()) {
                co_await schedule_.forget_failed(forgotten);
            }
            answered();
        } catch (const base::Outage& outage) {
            went_away(outage.what());
        }
        // Also where it is away: the worker then asks the ledger.
        if (std::ranges::any_of(jobs, [](const DueJob& job) { return job.due_in.count() <= 0; })) {
            due_.notify();
        }
    }
    draining_ = false;
}

base::Task<std::optional<std::vector<JobId>>> BestEffortSchedule::take_due(std::size_t limit) {
    try {
        auto ids = co_await schedule_.take_due(limit);
        answered();
        if (!ids.empty() || is_whole()) {
            co_return ids;
        }
    } catch (const base::Outage& outage) {
        went_away(outage.what());
    }
    co_return std::nullopt;
}

base::Task<std::optional<std::size_t>> BestEffortSchedule::note_missing(std::vector<DueJob> jobs) {
    if (jobs.empty()) { // nothing is asked, so nothing is learnt of it
        co_return trouble_ ? std::nullopt : std::optional<std::size_t>(0);
    }
    try {
        const auto added = co_await schedule_.note_missing(std::move(jobs));
        answered();
        co_return added;
    } catch (const base::Outage& outage) {
        went_away(outage.what());
    }
    co_return std::nullopt;
}

base::Task<std::optional<std::size_t>> BestEffortSchedule::note_missing_failed(
    std::vector<DeadLetter> letters) {
    if (letters.empty()) {
        co_return trouble_ ? std::nullopt : std::optional<std::size_t>(0);
    }
    try {
        const auto added = co_await schedule_.note_missing_failed(std::move(letters));
        answered();
        co_return added;
    } catch (const base::Outage& outage) {
        went_away(outage.what());
    }
    co_return std::nullopt;
}

base::Task<std::optional<ScheduleDepth>> BestEffortSchedule::depth() {
    try {
        const auto depth = co_await schedule_.depth();
        answered();
        co_return depth;
    } catch (const base::Outage& outage) {
        went_away(outage.what());
    }
    co_return std::nullopt;
}

void BestEffortSchedule::answered() {
    trouble_.reset();
    away_.over(tasks_.clock().now());
}

void BestEffortSchedule::went_away(const std::string& reason) {
    ++failures_;
    trouble_ = reason;
    away_.met(tasks_.clock().now(), reason);
}

} // namespace relay::jobs
