#include "relay/jobs/scheduler.hpp"

#include "relay/base/error.hpp"
#include "relay/base/signal.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/queue.hpp"
#include "relay/jobs/store.hpp"
#include "relay/observability/logging.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relay::jobs {

using observability::log_info;
using observability::log_warn;

Scheduler::Scheduler(base::TaskGroup& tasks, JobQueue& queue, base::Signal& due)
    : tasks_(tasks), queue_(queue), due_(due) {}

void Scheduler::schedule(DueJob job) {
    to_schedule_.push_back(job);
    start_drain();
}

void Scheduler::bury(JobId id) {
    to_bury_.push_back(id);
    start_drain();
}

void Scheduler::start_drain() {
    if (!draining_) {
        draining_ = true;
        tasks_.spawn("schedule jobs", drain());
    }
}

base::Task<void> Scheduler::drain() {
    while (!to_schedule_.empty() || !to_bury_.empty()) {
        const auto jobs = std::exchange(to_schedule_, {});
        const auto dead = std::exchange(to_bury_, {});
        try {
            if (!jobs.empty()) {
                co_await queue_.schedule(jobs);
            }
            if (!dead.empty()) {
                co_await queue_.bury(dead);
            }
            answered();
        } catch (const base::Outage& outage) {
            failed(outage.what());
        }
        // Also where the queue is away: the worker then asks the ledger.
        if (std::ranges::any_of(jobs, [](const DueJob& job) { return job.due_in.count() <= 0; })) {
            due_.notify();
        }
    }
    draining_ = false;
}

base::Task<std::optional<std::vector<JobId>>> Scheduler::take_due(std::size_t limit) {
    try {
        auto ids = co_await queue_.take_due(limit);
        answered();
        co_return ids;
    } catch (const base::Outage& outage) {
        failed(outage.what());
    }
    co_return std::nullopt;
}

base::Task<std::optional<std::size_t>> Scheduler::restore(std::vector<DueJob> jobs) {
    if (jobs.empty()) { // nothing is asked, so nothing is learnt of the queue
        co_return trouble_ ? std::nullopt : std::optional<std::size_t>(0);
    }
    try {
        const auto added = co_await queue_.restore(std::move(jobs));
        answered();
        co_return added;
    } catch (const base::Outage& outage) {
        failed(outage.what());
    }
    co_return std::nullopt;
}

base::Task<std::optional<QueueDepth>> Scheduler::depth() {
    try {
        const auto depth = co_await queue_.depth();
        answered();
        co_return depth;
    } catch (const base::Outage& outage) {
        failed(outage.what());
    }
    co_return std::nullopt;
}

void Scheduler::answered() {
    if (trouble_) {
        log_info("redis is back; the schedule will be made whole from postgres");
        trouble_.reset();
    }
}

void Scheduler::failed(const std::string& reason) {
    if (!trouble_) {
        log_warn("redis is away; jobs are claimed from postgres meanwhile", {{"reason", reason}});
        trouble_ = reason;
    }
}

} // namespace relay::jobs
