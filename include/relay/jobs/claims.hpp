#pragma once
// The claims that this relay holds, each with its place among the jobs in flight: from before the
// claim is written until the job's end. Keeps their leases alive meanwhile, and gives back at the
// shutdown those whose jobs were cut off.

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/jobs/batched_ledger.hpp"
#include "relay/jobs/best_effort_schedule.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/job_metrics.hpp"
#include "relay/observability/condition.hpp"
#include "relay/observability/logging.hpp"

#include <chrono>
#include <cstddef>
#include <unordered_map>
#include <utility>
#include <vector>

namespace relay::jobs {

class Claims {
  public:
    struct Settings {
        /// Jobs between claim and outcome.
        std::size_t places = 10;
        std::chrono::milliseconds lease{60'000};
    };

    /// Held by the job's coroutine; free again when it dies. Does not outlive the claims.
    class Place {
      public:
        Place(Claims& claims, Claim claim) : claims_(&claims), claim_(claim) {}
        Place(Place&& other) noexcept
            : claims_(std::exchange(other.claims_, nullptr)),
              claim_(other.claim_),
              finished_(other.finished_) {}
        ~Place();
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        Place& operator=(Place&&) = delete;

        const Claim& claim() const { return claim_; }
        /// The job has had its outcome here: there is nothing to give back.
        void finish() { finished_ = true; }

      private:
        Claims* claims_; // none: moved from
        Claim claim_;
        bool finished_ = false;
    };

    /// `freed` is notified when there is a free place again where there was none.
    Claims(base::Clock& clock, Settings settings, BatchedLedger& ledger,
           BestEffortSchedule& schedule, JobMetrics& metrics, base::WakeUp& freed);

    Place take(Claim claim);
    std::size_t held() const { return held_.size(); }
    std::size_t free() const;
    /// How long a claim made now is to last.
    std::chrono::milliseconds lease() const { return settings_.lease; }

    /// Renews the leases at a third of their time; ends by cancellation only.
    base::Task<void> keep();

    /// From now on a job that ends without its outcome was cut off, and stays held.
    void close() { closed_ = true; }
    bool is_closed() const { return closed_; }
    /// Gives what is still held back to whoever takes it next. REQUIRES: closed, and the jobs'
    /// coroutines have ended.
    base::Task<void> give_back_all();
    /// Gives back a job that was claimed too late to be run.
    base::Task<void> give_back(Place place);

  private:
    void leave(const Claim& claim, bool finished);
    std::vector<Claim> list() const;
    base::Task<void> renew(std::vector<Claim> claims);
    base::Task<void> give_back(std::vector<Claim> claims);

    base::Clock& clock_;
    Settings settings_;
    BatchedLedger& ledger_;
    BestEffortSchedule& schedule_;
    JobMetrics& metrics_;
    base::WakeUp& freed_;
    std::unordered_map<JobId, Lease, JobIdHash> held_;
    bool closed_ = false;
    observability::Condition not_renewed_{
        {observability::log_warn, "leases_not_renewed", "leases could not be renewed"},
        {"leases_renewed", "leases are renewed again"}};
};

} // namespace relay::jobs
