#include "relay/jobs/worker.hpp"

#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/jobs/batched_ledger.hpp"
#include "relay/jobs/best_effort_schedule.hpp"
#include "relay/jobs/chain_monitor.hpp"
#include "relay/jobs/claims.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/job_runner.hpp"
#include "relay/jobs/state_machine.hpp"
#include "relay/observability/logging.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace relay::jobs {

using observability::log_info;

namespace {

/// When ids are due again whose claim the ledger did not answer: they are out of the schedule
/// meanwhile.
constexpr std::chrono::milliseconds kDueAfterOutage{1'000};

/// When a job is due again that was due and could not be claimed: its row was locked, and a moment
/// later will not be.
constexpr std::chrono::milliseconds kDueAfterLock{20};

/// Started in one turn of the event loop, each of which signs at once: requests that came meanwhile
/// are read before the next are.
constexpr std::size_t kStartsATurn = 8;

} // namespace

base::Task<void> Worker::run() {
    being_claimed_ = 0;
    tools_.due.notify(); // what fell due while nobody looked
    while (!stopping_) {
        co_await tools_.due.wait_for(tools_.clock, poll_interval_);
        while (!stopping_ && !paused_) {
            const auto free = std::min(tools_.claims.free(), kRowsAtOnce);
            const auto wanted = tools_.chain.allowed(free);
            if (wanted == 0) {
                drained_ = false;
                break;
            }
            being_claimed_ = wanted;
            const auto taken = co_await claim(wanted);
            being_claimed_ = 0;
            drained_ = taken < wanted && !ledger_trouble_;
            if (taken < wanted) {
                break;
            }
        }
    }
}

bool Worker::has_room() const {
    return drained_ && !stopping_ && !paused_ && tools_.claims.free() > being_claimed_ &&
           tools_.chain.claiming() == ChainMonitor::Claiming::Any;
}

base::Task<void> Worker::start(Job job, Claims::Place place) {
    if (stopping_) {
        co_await tools_.claims.give_back(std::move(place));
        co_return;
    }
    spawn(std::move(job), event::HeadStarted{}, std::move(place));
}

void Worker::stop_claiming() {
    stopping_ = true;
    tools_.claims.close();
    tools_.due.notify();
}

void Worker::set_paused(bool paused) {
    if (std::exchange(paused_, paused) != paused) {
        drained_ = false;
        log_info(paused ? "worker_paused" : "worker_resumed",
                 paused ? "the worker is paused by the operator" : "the worker is resumed",
                 {{"in_flight", in_flight()}});
    }
    tools_.due.notify();
}

base::Task<std::size_t> Worker::claim(std::size_t wanted) {
    std::vector<Job> claimed;
    std::size_t taken = 0;
    const auto ids = co_await tools_.schedule.take_due(wanted);
    if (ids && ids->empty()) {
        co_return 0;
    }
    std::string failure;
    try {
        if (ids) {
            taken = ids->size();
            claimed = co_await claim_named(*ids);
        } else {
            claimed = co_await tools_.ledger.claim_due(wanted, tools_.claims.lease());
            taken = claimed.size();
        }
        ledger_trouble_.reset();
        not_claiming_.over(tools_.clock.now());
    } catch (const base::Outage& outage) {
        failure = outage.what();
    }
    if (!failure.empty()) {
        for (const auto& id : ids.value_or(std::vector<JobId>{})) {
            tools_.schedule.note({id, kDueAfterOutage});
        }
        ledger_trouble_ = failure;
        not_claiming_.met(tools_.clock.now(), failure);
        co_return 0;
    }
    co_await start_claimed(std::move(claimed));
    co_return taken;
}

base::Task<std::vector<Job>> Worker::claim_named(std::vector<JobId> ids) {
    auto claimed = co_await tools_.ledger.claim(ids, tools_.claims.lease());
    std::set<JobId> taken;
    for (const auto& job : claimed) {
        taken.insert(job.id);
    }
    std::erase_if(ids, [&](const JobId& id) { return taken.contains(id); });
    if (!ids.empty()) {
        tools_.jobs.spawn("note unclaimed jobs", note_unclaimed(std::move(ids)));
    }
    co_return claimed;
}

/// Clocks differ, and others claim too: what is live stays in the schedule, at the ledger's time.
base::Task<void> Worker::note_unclaimed(std::vector<JobId> ids) {
    std::vector<DueJob> live;
    try {
        live = co_await tools_.ledger.due_times(ids);
    } catch (const base::Outage&) {
        for (const auto& id : ids) {
            live.push_back({id, kDueAfterOutage});
        }
    }
    for (auto job : live) {
        job.due_in = std::max(job.due_in, kDueAfterLock);
        tools_.schedule.note(job);
    }
}

/// Those that are not started by the time the end begins are given back with the others.
base::Task<void> Worker::start_claimed(std::vector<Job> jobs) {
    std::vector<Claims::Place> places;
    places.reserve(jobs.size());
    for (const auto& job : jobs) {
        log_info("job_claimed", "job claimed", {{"job", job.id}, {"age", job.age}});
        places.push_back(tools_.claims.take({job.id, job.lease}));
    }
    for (std::size_t index = 0; index < jobs.size() && !stopping_; ++index) {
        spawn(std::move(jobs[index]), event::Claimed{}, std::move(places[index]));
        if (index % kStartsATurn == kStartsATurn - 1) {
            co_await base::yield();
        }
    }
}

void Worker::spawn(Job job, Event first, Claims::Place place) {
    auto name = "job " + job.id.to_string();
    tools_.jobs.spawn(std::move(name), run_job(std::move(job), std::move(first), std::move(place)));
}

base::Task<void> Worker::run_job(Job job, Event first, Claims::Place place) {
    co_await tools_.runner.run(std::move(job), std::move(first));
    place.finish();
}

std::optional<std::string> Worker::trouble() const {
    if (stopping_) {
        return "shutting down";
    }
    if (paused_) {
        return "paused by the operator";
    }
    if (tools_.chain.rpc_trouble()) {
        return "paused: the Solana RPC cannot be used";
    }
    if (tools_.chain.payer_low()) {
        return "paused: the payer's balance is below the minimum";
    }
    if (ledger_trouble_) {
        return "cannot claim: postgres is away or takes no writes";
    }
    return std::nullopt;
}

} // namespace relay::jobs
