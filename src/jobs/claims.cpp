#include "relay/jobs/claims.hpp"

#include "relay/base/chunks.hpp"
#include "relay/base/clock.hpp"
#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/jobs/batched_ledger.hpp"
#include "relay/jobs/best_effort_schedule.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/job_metrics.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/observability/logging.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>
#include <vector>

namespace relay::jobs {

using observability::log_info;
using observability::log_warn;

Claims::Claims(base::Clock& clock, Settings settings, BatchedLedger& ledger,
               BestEffortSchedule& schedule, JobMetrics& metrics, base::WakeUp& freed)
    : clock_(clock),
      settings_(settings),
      ledger_(ledger),
      schedule_(schedule),
      metrics_(metrics),
      freed_(freed) {
    metrics_.places(settings.places);
}

Claims::Place::~Place() {
    if (claims_ != nullptr) {
        claims_->leave(claim_, finished_);
    }
}

Claims::Place Claims::take(Claim claim) {
    held_[claim.id] = claim.lease;
    metrics_.in_flight(held_.size());
    return {*this, claim};
}

std::size_t Claims::free() const {
    return settings_.places - std::min(settings_.places, held_.size());
}

void Claims::leave(const Claim& claim, bool finished) {
    if (closed_ && !finished) {
        return;
    }
    // A job that ended by a fault of ours leaves too: its lease runs out, and whoever claims it
    // asks the chain first.
    const auto found = held_.find(claim.id);
    if (found == held_.end() || found->second != claim.lease) {
        return; // claimed here anew meanwhile
    }
    const bool was_full = free() == 0;
    held_.erase(found);
    metrics_.in_flight(held_.size());
    if (was_full) {
        freed_.notify();
    }
}

base::Task<void> Claims::keep() {
    for (;;) {
        co_await clock_.sleep_for(settings_.lease / 3);
        for (auto& claims : base::in_chunks(list(), kRowsAtOnce)) {
            co_await renew(std::move(claims));
        }
    }
}

base::Task<void> Claims::renew(std::vector<Claim> claims) {
    try {
        co_await ledger_.renew(std::move(claims), settings_.lease);
        not_renewed_.over(clock_.now());
    } catch (const base::Outage& outage) {
        // Others may claim these once the leases end; every later write of ours is fenced.
        not_renewed_.met(clock_.now(), outage.what());
    }
}

base::Task<void> Claims::give_back_all() {
    auto claims = list();
    held_.clear();
    for (auto& chunk : base::in_chunks(std::move(claims), kRowsAtOnce)) {
        co_await give_back(std::move(chunk));
    }
}

base::Task<void> Claims::give_back(Place place) {
    place.finish();
    std::vector<Claim> late(1, place.claim());
    co_await give_back(std::move(late));
}

base::Task<void> Claims::give_back(std::vector<Claim> claims) {
    std::vector<GiveBack> writes(claims.size());
    for (std::size_t index = 0; index < claims.size(); ++index) {
        writes[index].claim = claims[index];
    }
    try {
        const auto given = co_await ledger_.give_back_all(std::move(writes));
        for (std::size_t index = 0; index < claims.size(); ++index) {
            if (given[index]) {
                schedule_.note({claims[index].id, std::chrono::milliseconds(0)});
            }
        }
        log_info("claims_given_back", "jobs in flight given back for others",
                 {{"jobs", static_cast<std::size_t>(std::ranges::count(given, true))}});
    } catch (const base::Outage& outage) {
        log_warn("claims_not_given_back",
                 "jobs in flight could not be given back: others take them when their leases end",
                 {{"jobs", claims.size()}, {"reason", outage.what()}});
    }
}

std::vector<Claim> Claims::list() const {
    std::vector<Claim> claims;
    claims.reserve(held_.size());
    for (const auto& [id, lease] : held_) {
        claims.push_back({id, lease});
    }
    return claims;
}

} // namespace relay::jobs
