// accept() is the whole way of a withdraw from the HTTP handler to the commit and on to the worker.

#include "relay/jobs/intake.hpp"

#include "relay/base/client_key.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/chain_watch.hpp"
#include "relay/jobs/claims.hpp"
#include "relay/jobs/door.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/proof_checks.hpp"
#include "relay/jobs/worker.hpp"
#include "relay/observability/logging.hpp"
#include "relay/solana/shield_pool.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>

namespace relay::jobs {

namespace {

/// With more withdraws than these waiting to be inserted, to accept and sign is more than the relay
/// can do at once. They are accepted first, since that is what their clients wait for.
constexpr std::size_t kMostInsertsForHeadStart = 64;

/// When a job that is queued is due: what leaves the ring soon goes before all others.
constexpr std::chrono::milliseconds kNow{0};
constexpr std::chrono::milliseconds kFirst{std::chrono::hours(-1)};

Acceptance answer_to(const InsertOutcome& outcome) {
    switch (outcome.kind) {
        case InsertOutcome::Kind::Accepted:
            return {Acceptance::Kind::Accepted, outcome.id, outcome.status, {}};
        case InsertOutcome::Kind::Duplicate:
            return {Acceptance::Kind::Duplicate, outcome.id, outcome.status, {}};
        case InsertOutcome::Kind::Conflict:
            return {Acceptance::Kind::Conflict, outcome.id, outcome.status, {}};
    }
    std::unreachable();
}

Acceptance nothing_written(Acceptance::Kind kind) {
    return {kind, {}, {}, {}};
}

Acceptance refused_by(const Objection& objection) {
    switch (objection.kind) {
        case Objection::Kind::NullifierSpent:
            return {Acceptance::Kind::NullifierSpent, {}, {}, objection};
        case Objection::Kind::RecipientBelowRent:
            return {Acceptance::Kind::RecipientBelowRent, {}, {}, objection};
    }
    std::unreachable();
}

std::optional<Acceptance::Kind> refusal_by(ProofChecks::Verdict verdict) {
    switch (verdict) {
        case ProofChecks::Verdict::Valid:
            return std::nullopt;
        case ProofChecks::Verdict::Invalid:
            return Acceptance::Kind::ProofInvalid;
        case ProofChecks::Verdict::Busy:
            return Acceptance::Kind::ProofsBusy;
        case ProofChecks::Verdict::TooManyFailures:
            return Acceptance::Kind::TooManyBadProofs;
    }
    std::unreachable();
}

/// The job as its worker holds it, now that its row stands.
Job in_flight(NewJob accepted, const Claim& claim, std::chrono::nanoseconds age) {
    Job job;
    job.id = accepted.id;
    job.lease = claim.lease;
    job.withdraw = std::move(accepted.withdraw);
    if (accepted.head_start) {
        job.transaction = std::move(accepted.head_start->transaction);
    }
    job.age = std::chrono::duration_cast<std::chrono::milliseconds>(age);
    return job;
}

} // namespace

base::Task<Acceptance> Intake::accept(solana::Withdraw withdraw, base::ClientKey client) {
    auto refusal = standing_refusal();
    if (!refusal) {
        const auto verdict = co_await tools_.proofs.admit(client, withdraw);
        refusal = refusal_by(verdict);
    }
    if (!refusal) {
        refusal = standing_refusal(); // it may have begun meanwhile
    }
    if (refusal) {
        co_return nothing_written(*refusal);
    }
    co_return co_await enter(std::move(withdraw));
}

/// Why none is accepted at present, whatever it is.
std::optional<Acceptance::Kind> Intake::standing_refusal() const {
    if (closed_) {
        return Acceptance::Kind::ShuttingDown;
    }
    if (draining_) {
        return Acceptance::Kind::Draining;
    }
    if (tools_.backlog.is_full()) {
        return Acceptance::Kind::BacklogFull;
    }
    if (tools_.probe.is_refused()) {
        throw LedgerRefusal(tools_.probe.trouble().value_or(""));
    }
    return std::nullopt;
}

base::Task<Acceptance> Intake::enter(solana::Withdraw withdraw) {
    const auto began = tools_.clock.now();
    NewJob job;
    job.id = JobId::make(std::chrono::system_clock::now());
    job.withdraw = std::move(withdraw);
    const auto root = job.withdraw.root;
    const auto objection = co_await tools_.door.look_at(job.withdraw);
    if (objection) { // unless it is one of ours that is on its way, or was paid
        const auto holder = co_await tools_.ledger.find_holder(job);
        co_return holder ? answer_to(*holder) : refused_by(*objection);
    }
    auto place = give_head_start(job);
    const auto outcome = co_await tools_.ledger.insert(job);
    if (outcome.kind != InsertOutcome::Kind::Accepted) {
        co_return answer_to(outcome);
    }
    tools_.backlog.job_accepted();
    tools_.metrics.accepted();
    observability::log_info("job_accepted", "job accepted", {{"job", outcome.id}});
    if (place) {
        auto started = in_flight(std::move(job), place->claim(), tools_.clock.now() - began);
        co_await tools_.worker->start(std::move(started), std::move(*place));
    } else {
        tools_.schedule.note({outcome.id, tools_.watch.leaves_soon(root) ? kFirst : kNow});
    }
    co_return answer_to(outcome);
}

/// None, and the job is to be queued, where there is no room for it, no blockhash to sign with, or
/// what the pool lacks to be waited for.
std::optional<Claims::Place> Intake::give_head_start(NewJob& job) {
    if (tools_.worker == nullptr || !tools_.worker->has_room() ||
        tools_.ledger.waiting() > kMostInsertsForHeadStart || tools_.watch.lacks(job.withdraw)) {
        return std::nullopt;
    }
    auto transaction = tools_.signer.sign_now(job.withdraw);
    if (!transaction) {
        return std::nullopt;
    }
    tools_.metrics.transaction_signed();
    // The first lease of a job is its own id, which no later one can be: those are random.
    const Claim claim{job.id, Lease{job.id.bytes}};
    job.head_start = HeadStart{tools_.claims.lease(), claim.lease, std::move(*transaction)};
    return tools_.claims.take(claim);
}

} // namespace relay::jobs
