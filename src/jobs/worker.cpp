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

/// Until it is seen whether withdraws still come in.
constexpr std::chrono::milliseconds kGlance{2};

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

base::Task<void> Worker::run() {
    while (!stopping_) {
        co_await due_.wait_for(settings_.poll_interval);
        while (!stopping_ && !paused_) {
            const auto free = settings_.max_concurrent_jobs - claims_.size();
            const auto wanted = std::min(monitor_.allowed(free, claims_.size()), kMostAtOnce);
            if (wanted == 0) {
                break;
            }
            if (lets_accepts_go_first()) {
                co_await base::sleep_for(kGlance);
                continue;
            }
            const auto taken = co_await claim(wanted);
            if (taken == 0) {
                break;
            }
        }
    }
}

bool Worker::lets_accepts_go_first() const {
    return ledger_.is_accepting() &&
           std::chrono::steady_clock::now() < claimed_at_ + settings_.courtesy;
}

void Worker::stop_claiming() {
    stopping_ = true;
    due_.notify();
}

void Worker::set_paused(bool paused) {
    if (std::exchange(paused_, paused) != paused) {
        log_info(paused ? "the worker is paused by the operator" : "the worker is resumed",
                 {{"in_flight", claims_.size()}});
    }
    due_.notify();
}

base::Task<std::size_t> Worker::claim(std::size_t wanted) {
    claimed_at_ = std::chrono::steady_clock::now();
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
    for (const auto& job : claimed) {
        log_info("job dequeued", {{"job", job.id}, {"age", job.age}});
        claims_[job.id] = job.lease;
    }
    metrics_.in_flight(claims_.size());
    co_await start(std::move(claimed));
    co_return taken;
}

/// Those that are not started by the time the end begins are given back with the others.
base::Task<void> Worker::start(std::vector<Job> jobs) {
    for (std::size_t index = 0; index < jobs.size() && !stopping_; ++index) {
        auto name = "job " + jobs[index].id.to_string();
        jobs_.spawn(std::move(name), run_job(std::move(jobs[index])));
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

base::Task<void> Worker::run_job(Job job) {
    struct Slot {
        Worker& worker;
        JobId id;
        Lease lease;
        bool finished = false;
        Slot(Worker& owner, const Job& claimed)
            : worker(owner), id(claimed.id), lease(claimed.lease) {}
        ~Slot() {
            // A job cut off by the shutdown stays listed, to be given back. One that ended by a
            // fault of ours does not: its lease runs out, and whoever claims it asks the chain
            // first.
            const auto found = worker.claims_.find(id);
            const bool cut_off = !finished && worker.stopping_;
            if (!cut_off && found != worker.claims_.end() && found->second == lease) {
                worker.claims_.erase(found);
                worker.metrics_.in_flight(worker.claims_.size());
                worker.due_.notify();
            }
        }
        Slot(const Slot&) = delete;
        Slot& operator=(const Slot&) = delete;
    };
    Slot slot(*this, job);
    co_await runner_.run(std::move(job));
    slot.finished = true;
}

base::Task<void> Worker::keep_leases() {
    for (;;) {
        co_await base::sleep_for(settings_.lease / 3);
        std::vector<Claim> claims;
        for (const auto& [id, lease] : claims_) {
            claims.push_back({id, lease});
        }
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
    std::vector<Return> returns;
    for (const auto& [id, lease] : claims_) {
        Return back;
        back.claim = {id, lease};
        returns.push_back(std::move(back));
    }
    if (returns.empty()) {
        co_return;
    }
    const auto count = returns.size();
    try {
        const auto released = co_await store_.give_back(std::move(returns));
        for (const auto& [id, lease] : claims_) {
            scheduler_.schedule({id, std::chrono::milliseconds(0)});
        }
        log_info("jobs in flight released for others", {{"jobs", count}});
    } catch (const base::Outage& outage) {
        log_warn("jobs in flight could not be released: others take them when their leases end",
                 {{"jobs", count}, {"reason", outage.what()}});
    }
    claims_.clear();
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
