#include "relay/jobs/job_runner.hpp"

#include "error_context.hpp"
#include "relay/base/clock.hpp"
#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/chain_watch.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/job_metrics.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/price_watch.hpp"
#include "relay/jobs/state_machine.hpp"
#include "relay/observability/logging.hpp"
#include "relay/rpc/confirmation.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/compute_budget.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/transaction.hpp"
#include "relay/solana/transaction_error.hpp"
#include "relay/solana/units.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace relay::jobs {

using observability::log_debug;
using observability::log_info;
using observability::log_warn;

struct JobRunner::Running {
    Job job;
    Attempt attempt;
    base::Clock& clock;
    base::Clock::time_point claimed_at = clock.now();
    bool sent_before = false;

    Running(Job claimed, base::Clock& time) : job(std::move(claimed)), clock(time) {}

    Claim claim() const { return {job.id, job.lease}; }
    rpc::Attempts attempts() const {
        // The state machine asks only where there is one.
        // NOLINTNEXTLINE(bugprone-unchecked-optional-access)
        return {job.transaction.value(), job.earlier_signatures};
    }
    std::chrono::nanoseconds since_accepted() const { return job.age + (clock.now() - claimed_at); }
};

namespace {

JobMetrics::Stage stage_of(Phase phase) {
    switch (phase) {
        case Phase::Start:
            return JobMetrics::Stage::Queued;
        case Phase::Signing:
            return JobMetrics::Stage::Signing;
        case Phase::Saving:
            return JobMetrics::Stage::Saving;
        case Phase::Asking:
            return JobMetrics::Stage::Asking;
        case Phase::Sending:
            return JobMetrics::Stage::Sending;
        case Phase::Tracking:
            return JobMetrics::Stage::Confirming;
        case Phase::SeekingPayment:
            return JobMetrics::Stage::Seeking;
        case Phase::Ended:
            return JobMetrics::Stage::Finishing;
    }
    std::unreachable();
}

} // namespace

// A step's coroutine is awaited at once by run(), which owns what it refers to; and the state
// machine asks for steps on a transaction only where there is one (value() would throw).
// NOLINTBEGIN(cppcoreguidelines-avoid-reference-coroutine-parameters,bugprone-unchecked-optional-access)

base::Task<void> JobRunner::run(Job job, Event first) {
    Running running(std::move(job), tools_.clock);
    const bool claimed = std::holds_alternative<event::Claimed>(first);
    log_info("job_processing", "job processing",
             {{"job", running.job.id},
              {"retry", running.job.retry_count},
              {"resumed", claimed && running.job.transaction ? "yes" : "no"}});
    if (running.job.retry_count == 0 && !running.job.transaction) {
        tools_.metrics.stage(stage_of(Phase::Start), running.job.age);
    }
    tools_.watch.note_work();
    if (auto* claim = std::get_if<event::Claimed>(&first)) {
        claim->lack = tools_.watch.lacks(running.job.withdraw);
    }
    std::optional<Event> event = std::move(first);
    while (event) {
        auto [attempt, step] = advance(running.attempt, running.job, *event, policy_);
        running.attempt = std::move(attempt);
        const auto start = tools_.clock.now();
        event = co_await perform(running, std::move(step));
        tools_.metrics.stage(stage_of(running.attempt.phase), tools_.clock.now() - start);
    }
}

base::Task<std::optional<Event>> JobRunner::perform(Running& running, Step step) {
    return std::visit([&](auto& chosen) { return on(running, std::move(chosen)); }, step);
}

base::Task<std::optional<Event>> JobRunner::on(Running& running, step::Sign step) {
    auto& job = running.job;
    std::optional<solana::UnitPrice> expired;
    if (job.transaction) {
        const auto budget = solana::read_compute_budget(job.transaction->wire);
        if (step.outbids && budget) {
            expired = budget->price;
        }
        job.earlier_signatures.push_back(job.transaction->signature);
        job.transaction.reset();
    }
    log_info("job_building", "job building",
             {{"job", running.job.id},
              {"nullifier", job.withdraw.nullifier},
              {"root", job.withdraw.root},
              {"amount", job.withdraw.amount.value}});
    const auto price = co_await tools_.signer.bid(expired);
    if (!price) {
        co_return event::Outage{{kPriceAboveCap, "a compute unit costs more than the relay pays"}};
    }
    auto made = co_await tools_.signer.sign(job.withdraw, *price, job.earlier_signatures);
    if (made) {
        tools_.metrics.transaction_signed();
        job.transaction = std::move(*made);
        co_return event::Signed{};
    }
    if (made.error().kind == rpc::RpcError::Kind::Limited) {
        co_return limited();
    }
    co_return outage(made.error().message);
}

base::Task<std::optional<Event>> JobRunner::on(Running& running, step::Save) {
    try {
        TransactionWrite write{running.claim(), running.job.transaction.value()};
        const bool saved = co_await tools_.ledger.save_transaction(std::move(write));
        if (saved) {
            co_return event::Saved{};
        }
    } catch (const base::Outage& failure) {
        tools_.metrics.save_abandoned();
        log_debug("job_not_saved",
                  "job abandoned: its transaction could not be saved, so it was not sent",
                  {{"job", running.job.id}, {"reason", failure.what()}});
        co_return event::LedgerAway{};
    }
    note_lease_lost(running);
    co_return event::LeaseLost{};
}

base::Task<std::optional<Event>> JobRunner::on(Running& running, step::Ask) {
    co_return event_of(running, co_await tools_.tracker.ask(running.attempts()));
}

base::Task<std::optional<Event>> JobRunner::on(Running& running, step::Send) {
    const auto& transaction = running.job.transaction.value();
    tools_.metrics.sent_first();
    const auto answer = co_await tools_.rpc.send(transaction.wire, rpc::Preflight::Run);
    if (!std::exchange(running.sent_before, true) && running.job.earlier_signatures.empty()) {
        tools_.metrics.accept_to_sent(running.since_accepted());
    }
    if (answer || answer.error().kind == rpc::RpcError::Kind::PreflightFailed) {
        tools_.monitor.report_sent();
        refused_.over(tools_.clock.now());
    }
    if (answer) {
        log_info("job_sent", "job sent",
                 {{"job", running.job.id},
                  {"sig", transaction.signature},
                  {"since_accepted", running.since_accepted()}});
        co_return event::Sent{};
    }
    co_return not_taken(running, answer.error());
}

Event JobRunner::not_taken(const Running& running, const rpc::RpcError& error) {
    const auto& transaction = running.job.transaction.value();
    switch (error.kind) {
        case rpc::RpcError::Kind::PreflightFailed:
            return event::PreflightFailed{understood(running, error.transaction_error.value())};
        case rpc::RpcError::Kind::Refused:
        case rpc::RpcError::Kind::Unsupported:
            refused_.met(tools_.clock.now(), error.message);
            tools_.metrics.send_refused();
            tools_.monitor.report_outage(error.message);
            return event::Refused{"no RPC node carries out the call (" +
                                  std::to_string(error.code) + ")"};
        case rpc::RpcError::Kind::Limited:
            // It will be sent again at the pace that the node allows.
            log_debug("send_limited", "job not sent yet: the node limits our rate",
                      {{"job", running.job.id}, {"sig", transaction.signature}});
            return event::Sent{.taken_by_node = false};
        case rpc::RpcError::Kind::Unavailable:
        case rpc::RpcError::Kind::NotReached:
        case rpc::RpcError::Kind::NoHistory:
            log_debug("send_unanswered", "job sent, but no answer came: its signature will tell",
                      {{"job", running.job.id},
                       {"sig", transaction.signature},
                       {"reason", error.message}});
            tools_.monitor.report_outage(error.message);
            return event::Sent{.taken_by_node = false};
    }
    std::unreachable();
}

base::Task<std::optional<Event>> JobRunner::on(Running& running, step::Track) {
    co_return event_of(running, co_await tools_.tracker.wait(running.attempts()));
}

base::Task<std::optional<Event>> JobRunner::on(Running& running, step::SeekPayment) {
    using Kind = rpc::Fate::Kind;
    const auto attempts = running.attempts();
    auto fate = co_await tools_.tracker.ask(attempts);
    // The latest was refused, or failed in a block: what is left to be proven is the earlier ones'.
    if (fate.kind != Kind::Landed && fate.kind != Kind::Unavailable) {
        fate = co_await tools_.tracker.find_landed(attempts);
    }
    co_return fate.kind == Kind::Expired ? event::NoPayment{} : event_of(running, fate);
}

base::Task<std::optional<Event>> JobRunner::on(Running& running, step::Complete step) {
    const auto write =
        [this, completion = Completion{running.claim(), step.signature, step.slot, step.final}] {
            return tools_.ledger.complete(completion);
        };
    const bool written = co_await until_written(running, write);
    if (written) {
        tools_.outcomes.announce(running.job.id);
        tools_.metrics.completed();
        tools_.proofs.judged(running.job.withdraw, true);
        tools_.metrics.accept_to_completed(running.since_accepted());
        log_info("job_completed", "job confirmed",
                 {{"job", running.job.id},
                  {"sig", step.signature},
                  {"slot", step.slot.value},
                  {"retry", running.job.retry_count},
                  {"since_accepted", running.since_accepted()}});
    }
    co_return std::nullopt;
}

base::Task<std::optional<Event>> JobRunner::on(Running& running, step::GiveBack step) {
    const GiveBack back{running.claim(), step.delay, step.keep, step.counts, step.error};
    const auto write = [this, back] { return tools_.ledger.give_back(back); };
    const bool written = co_await until_written(running, write);
    if (written) {
        tools_.schedule.note({running.job.id, step.delay});
        note_given_back(running, step);
    }
    co_return std::nullopt;
}

void JobRunner::note_given_back(const Running& running, const step::GiveBack& step) {
    if (step.counts) {
        tools_.metrics.retried(step.error.code);
        log_info("job_retried", "job will be retried",
                 {{"job", running.job.id},
                  {"retry", running.job.retry_count + 1},
                  {"delay", step.delay},
                  {"code", step.error.code},
                  {"reason", step.error.message}});
        return;
    }
    if (is_pool_lack(step.error.code)) {
        tools_.watch.hold(running.job, step.error.code);
    }
    tools_.metrics.given_back(step.error.code);
    log_debug("job_given_back", "job given back, at no retry's cost",
              {{"job", running.job.id},
               {"delay", step.delay},
               {"code", step.error.code},
               {"reason", step.error.message}});
}

base::Task<std::optional<Event>> JobRunner::on(Running& running, step::Fail step) {
    const auto write = [this, failure = Failure{running.claim(), step.error}] {
        return tools_.ledger.fail(failure);
    };
    const bool written = co_await until_written(running, write);
    if (written) {
        tools_.outcomes.announce(running.job.id);
        tools_.schedule.note_failed(running.job.id);
        tools_.metrics.failed(step.error.code);
        if (solana::is_proof_fault(step.error.code)) {
            tools_.proofs.judged(running.job.withdraw, false);
        }
        log_info("job_failed", "job failed for good: dead-lettered",
                 {{"job", running.job.id},
                  {"retry", running.job.retry_count},
                  {"code", step.error.code},
                  {"reason", step.error.message}});
    }
    co_return std::nullopt;
}

base::Task<std::optional<Event>> JobRunner::on(Running&, step::Abandon) {
    co_return std::nullopt; // whoever reported the event has said why
}

void JobRunner::note_lease_lost(const Running& running) {
    tools_.metrics.lease_lost();
    log_warn("lease_lost", "job abandoned: another instance has claimed it",
             {{"job", running.job.id}});
}

Event JobRunner::outage(const std::string& reason) {
    tools_.monitor.report_outage(reason);
    return event::Outage{{"rpc_unavailable", reason}};
}

Event JobRunner::event_of(const Running& running, const rpc::Fate& fate) {
    switch (fate.kind) {
        case rpc::Fate::Kind::Landed:
            tools_.landings.landed();
            return event::Landed{fate.signature, fate.slot, fate.final};
        case rpc::Fate::Kind::Failed:
            tools_.landings.landed(); // in a block, if to no good
            return event::FailedOnChain{understood(running, fate.error.value())};
        case rpc::Fate::Kind::Expired:
            tools_.metrics.transaction_expired();
            tools_.landings.expired();
            return event::Expired{fate.taken_by_node};
        case rpc::Fate::Kind::Live:
            return event::Live{};
        case rpc::Fate::Kind::Unproven:
            // Once a claim; while it waits it is asked again and again, and health tells of it.
            if (running.attempt.phase == Phase::Tracking) {
                log_warn("job_unproven",
                         "job waits: its transaction's life is over, and its end is not proven",
                         {{"job", running.job.id},
                          {"sig", running.job.transaction.value().signature},
                          {"reason", fate.reason}});
            }
            return event::Unproven{fate.reason};
        case rpc::Fate::Kind::Unavailable:
            return fate.limited ? limited() : outage(fate.reason);
    }
    std::unreachable();
}

Event JobRunner::limited() {
    return event::Outage{{"rpc_limited", "the RPC node limits the relay's rate"}};
}

solana::TransactionError JobRunner::understood(const Running& running,
                                               solana::TransactionError error) const {
    using Kind = solana::TransactionError::Kind;
    const auto& job = running.job;
    error = with_context(std::move(error), job.transaction.value().wire, tools_.signer.plan(),
                         job.withdraw, tools_.watch.lacks(job.withdraw));
    if (error.kind == Kind::ComputeExceeded || error.kind == Kind::LoadedTooMuch) {
        tools_.signer.asked_too_little(job.withdraw);
    }
    return error;
}

base::Task<bool> JobRunner::until_written(const Running& running,
                                          std::function<base::Task<bool>()> write) {
    auto pause = std::chrono::milliseconds(100);
    for (;;) {
        std::string failure;
        try {
            const bool written = co_await write();
            outcomes_refused_.over(tools_.clock.now());
            if (!written) {
                note_lease_lost(running);
            }
            co_return written;
        } catch (const LedgerRefusal& refusal) {
            failure = refusal.what();
            outcomes_refused_.met(tools_.clock.now(), failure);
        } catch (const base::Outage& outage) {
            failure = outage.what();
        }
        log_debug("outcome_not_written", "job's outcome could not be written yet",
                  {{"job", running.job.id}, {"reason", failure}});
        co_await tools_.clock.sleep_for(pause);
        pause = std::min(pause * 2, std::chrono::milliseconds(2'000));
    }
}

// NOLINTEND(cppcoreguidelines-avoid-reference-coroutine-parameters,bugprone-unchecked-optional-access)

} // namespace relay::jobs
