#include "relay/jobs/intake.hpp"

#include "relay/base/task.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/store.hpp"
#include "relay/jobs/worker.hpp"
#include "relay/solana/shield_pool.hpp"

#include <chrono>
#include <optional>
#include <utility>

namespace relay::jobs {

base::Task<InsertOutcome> Intake::accept(solana::Withdraw withdraw) {
    const auto began = std::chrono::steady_clock::now();
    NewJob job;
    job.id = JobId::make(std::chrono::system_clock::now());
    job.withdraw = std::move(withdraw);
    auto slot = worker_ != nullptr ? worker_->give_head_start(job) : std::nullopt;
    const auto outcome = co_await ledger_.insert(job);
    if (outcome.kind != InsertOutcome::Kind::Accepted) {
        co_return outcome;
    }
    if (slot) {
        const auto age = std::chrono::steady_clock::now() - began;
        co_await worker_->start(std::move(job), std::move(*slot),
                                std::chrono::duration_cast<std::chrono::milliseconds>(age));
    } else {
        scheduler_.schedule({outcome.id, std::chrono::milliseconds(0)});
    }
    co_return outcome;
}

} // namespace relay::jobs
