#include "relay/jobs/worker.hpp"

#include "relay/base/error.hpp"
#include "relay/base/signal.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/jobs/chain_monitor.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/job_metrics.hpp"
#include "relay/jobs/job_runner.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/scheduler.hpp"
#include "relay/jobs/state_machine.hpp"
#include "relay/jobs/store.hpp"
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
using observability::log_warn;

namespace {

/// After a claim that the ledger did not answer; the ids are out of the schedule meanwhile.
constexpr std::chrono::milliseconds kAfterOutage{1'000};

/// Claimed at once, in one statement.
constexpr std::size_t kMostAtOnce = 256;

/// Withdraws that wait to be inserted. With more of them, to accept and sign is more than the relay
/// can do at once; they are accepted first, since that is what their clients wait for.
constexpr std::size_t kCrowd = 64;

/// Started in one turn of the event loop, each of which signs at once: requests that came meanwhile
/// are read before the next are.
constexpr std::size_t kStartsATurn = 8;

} // namespace

Worker::Worker(Settings settings, base::TaskGroup& jobs, JobStore& store, const Ledger& ledger,
               Scheduler& scheduler, ChainMonitor& monitor, JobRunner& runner, JobMetrics& metrics,
               base::Signal& due)
    : settings_(settings),
      jobs_(jobs),
      store_(store),
      ledger_(ledger),
      scheduler_(scheduler),
      monitor_(monitor),
      runner_(runner),
      metrics_(metrics),
      due_(due) {}

Worker::Slot::Slot(Worker& worker, Claim claim) : worker_(&worker), claim_(claim) {
    worker.claims_[claim.id] = claim.lease;
    worker.metrics_.in_flight(worker.claims_.size());
}

Worker::Slot::~Slot() {
    if (worker_ == nullptr) {
        return;
    }
    // A job cut off by the shutdown stays listed, to be given back. One that ended by a fault of
    // ours does not: its lease runs out, and whoever claims it asks the chain first.
    const bool cut_off = !finished_ && worker_->stopping_;
    const auto found = worker_->claims_.find(claim_.id);
    if (!cut_off && found != worker_->claims_.end() && found->second == claim_.lease) {
        worker_->claims_.erase(found);
        worker_->metrics_.in_flight(worker_->claims_.size());
        if (!worker_->drained_) {
            worker_->due_.notify();
        }
    }
}

base::Task<void> Worker::run() {
    being_claimed_ = 0;
    due_.notify(); // what fell due while nobody looked
    while (!stopping_) {
        co_await due_.wait_for(settings_.poll_interval);
        while (!stopping_ && !paused_) {
            const auto free = settings_.max_concurrent_jobs - claims_.size();
            const auto wanted = monitor_.allowed(std::min(free, kMostAtOnce));
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
    const auto taken = claims_.size() + being_claimed_;
    return drained_ && !stopping_ && !paused_ && taken < settings_.max_concurrent_jobs &&
           ledger_.waiting() <= kCrowd && monitor_.is_open();
}

std::optional<Worker::Slot> Worker::give_head_start(NewJob& job) {
    if (!has_room()) {
        return std::nullopt;
    }
    auto transaction = runner_.sign(job.withdraw);
    if (!transaction) {
        return std::nullopt;
    }
    // The first lease of a job is its own id, which no later one can be: those are random.
    const Claim claim{job.id, Lease{job.id.bytes}};
    job.head_start = HeadStart{settings_.lease, claim.lease, std::move(*transaction)};
    return std::optional<Slot>(std::in_place, *this, claim);
}

base::Task<void> Worker::start(NewJob job, Slot slot, std::chrono::milliseconds age) {
    if (stopping_) {
        std::vector<Claim> late(1, slot.claim());
        co_await release(std::move(late));
        co_return;
    }
    Job running;
    running.id = job.id;
    running.lease = slot.claim().lease;
    running.withdraw = std::move(job.withdraw);
    if (job.head_start) {
        running.transaction = std::move(job.head_start->transaction);
    }
    running.age = age;
    auto name = "job " + running.id.to_string();
    jobs_.spawn(std::move(name), run_job(std::move(running), event::Accepted{}, std::move(slot)));
}

void Worker::stop_claiming() {
    stopping_ = true;
    due_.notify();
}

void Worker::set_paused(bool paused) {
    if (std::exchange(paused_, paused) != paused) {
        drained_ = false;
        log_info(paused ? "the worker is paused by the operator" : "the worker is resumed",
                 {{"in_flight", claims_.size()}});
    }
    due_.notify();
}

base::Task<std::size_t> Worker::claim(std::size_t wanted) {
    std::vector<Job> claimed;
    std::size_t taken = 0;
    const auto ids = co_await scheduler_.take_due(wanted);
    if (ids && ids->empty()) {
        co_return 0;
    }
    std::string failure;
    try {
        if (ids) {
            taken = ids->size();
            claimed = co_await claim_from_queue(*ids);
        } else {
            claimed = co_await store_.claim_due(wanted, settings_.lease);
            taken = claimed.size();
        }
        if (std::exchange(ledger_trouble_, std::nullopt)) {
            log_info("postgres is back; claiming goes on");
        }
    } catch (const base::Outage& outage) {
        failure = outage.what();
    }
    if (!failure.empty()) {
        for (const auto& id : ids.value_or(std::vector<JobId>{})) {
            scheduler_.schedule({id, kAfterOutage});
        }
        if (!std::exchange(ledger_trouble_, failure)) {
            log_warn("jobs cannot be claimed: postgres is away", {{"reason", failure}});
        }
        co_return 0;
    }
    co_await start_claimed(std::move(claimed));
    co_return taken;
}

/// Those that are not started by the time the end begins are given back with the others.
base::Task<void> Worker::start_claimed(std::vector<Job> jobs) {
    std::vector<Slot> slots;
    slots.reserve(jobs.size());
    for (const auto& job : jobs) {
        log_info("job dequeued", {{"job", job.id}, {"age", job.age}});
        slots.emplace_back(*this, Claim{job.id, job.lease});
    }
    for (std::size_t index = 0; index < jobs.size() && !stopping_; ++index) {
        auto name = "job " + jobs[index].id.to_string();
        jobs_.spawn(std::move(name),
                    run_job(std::move(jobs[index]), event::Claimed{}, std::move(slots[index])));
        if (index % kStartsATurn == kStartsATurn - 1) {
            co_await base::yield();
        }
    }
}

base::Task<std::vector<Job>> Worker::claim_from_queue(std::vector<JobId> ids) {
    auto claimed = co_await store_.claim(ids, settings_.lease);
    std::set<JobId> taken;
    for (const auto& job : claimed) {
        taken.insert(job.id);
    }
    std::erase_if(ids, [&](const JobId& id) { return taken.contains(id); });
    if (!ids.empty()) {
        jobs_.spawn("put jobs back", put_back(std::move(ids)));
    }
    co_return claimed;
}

base::Task<void> Worker::put_back(std::vector<JobId> ids) {
    // Clocks differ, and others claim too: what is live stays in the schedule, at the ledger's
    // time.
    std::vector<DueJob> live;
    try {
        live = co_await store_.due_times(ids);
    } catch (const base::Outage&) {
        for (const auto& id : ids) {
            live.push_back({id, kAfterOutage});
        }
    }
    for (auto job : live) {
        // Due by now, yet not claimed: its row was locked. A moment later it will not be.
        job.due_in = std::max(job.due_in, std::chrono::milliseconds(20));
        scheduler_.schedule(job);
    }
}

base::Task<void> Worker::run_job(Job job, Event first, Slot slot) {
    co_await runner_.run(std::move(job), std::move(first));
    slot.finish();
}

base::Task<void> Worker::keep_leases() {
    for (;;) {
        co_await base::sleep_for(settings_.lease / 3);
        auto claims = listed();
        if (claims.empty()) {
            continue;
        }
        try {
            co_await store_.renew(std::move(claims), settings_.lease);
        } catch (const base::Outage& outage) {
            // Others may claim these once the leases end; every later write of ours is fenced.
            log_warn("leases could not be renewed", {{"reason", outage.what()}});
        }
    }
}

base::Task<void> Worker::release_claims() {
    auto claims = listed();
    claims_.clear();
    if (!claims.empty()) {
        co_await release(std::move(claims));
    }
}

base::Task<void> Worker::release(std::vector<Claim> claims) {
    std::vector<Return> returns(claims.size());
    for (std::size_t index = 0; index < claims.size(); ++index) {
        returns[index].claim = claims[index];
    }
    try {
        const auto released = co_await store_.give_back(std::move(returns));
        for (std::size_t index = 0; index < claims.size(); ++index) {
            if (released[index]) {
                scheduler_.schedule({claims[index].id, std::chrono::milliseconds(0)});
            }
        }
        log_info("jobs in flight released for others",
                 {{"jobs", static_cast<std::size_t>(std::ranges::count(released, true))}});
    } catch (const base::Outage& outage) {
        log_warn("jobs in flight could not be released: others take them when their leases end",
                 {{"jobs", claims.size()}, {"reason", outage.what()}});
    }
}

std::vector<Claim> Worker::listed() const {
    std::vector<Claim> claims;
    claims.reserve(claims_.size());
    for (const auto& [id, lease] : claims_) {
        claims.push_back({id, lease});
    }
    return claims;
}

std::optional<std::string> Worker::trouble() const {
    if (stopping_) {
        return "shutting down";
    }
    if (paused_) {
        return "paused by the operator";
    }
    if (monitor_.rpc_trouble()) {
        return "paused: the Solana RPC cannot be used";
    }
    if (monitor_.payer_low()) {
        return "paused: the payer's balance is below the minimum";
    }
    if (ledger_trouble_) {
        return "cannot claim: postgres is away";
    }
    return std::nullopt;
}

} // namespace relay::jobs
