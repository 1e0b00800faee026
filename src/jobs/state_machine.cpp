// The table (rows not listed are impossible and throw). "retry*" means: a retry while any is left,
// else failed. A transaction that may have been broadcast is waited out before a job is failed.
//
//   Start      Claimed          no transaction          -> Sign
//                               a saved one             -> Ask
//              Accepted         its transaction saved   -> Send
//   Signing    Signed                                   -> Save
//              Outage                                   -> Requeue
//   Saving     Saved                                    -> Send
//              LedgerAway                               -> Abandon: nothing unsaved is sent
//   Asking     Landed                                   -> Complete
//              FailedOnChain                            -> by its error, as below
//              Expired                                  -> Sign, or retry* when signed too often
//              Live                                     -> Send
//              Unproven                                 -> Requeue: it waits for the proof
//              Outage                                   -> Requeue
//   Sending    Sent                                     -> Track
//              PreflightFailed  blockhash, processed    -> Track: its fate is not known here
//                               payer unfunded          -> Requeue
//                               nullifier spent         -> Track while it may land, else
//                                                          SeekPayment among the earlier ones
//                               permanent               -> Bury, or Track while it may land
//                               else                    -> retry*
//              Refused                                  -> Requeue
//   Tracking   Landed                                   -> Complete
//              FailedOnChain                            -> by its error
//              Expired          with a verdict          -> retry* with it; Bury a double spend
//                               no node ever took it    -> Requeue: an outage
//                               else                    -> Sign, or retry* when signed too often
//              Unproven                                 -> Requeue: it waits for the proof
//              Outage                                   -> Requeue
//   Seeking    Landed                                   -> Complete
//              NoPayment                                -> Bury: another has spent it
//              Unproven                                 -> Requeue: it waits for the proof
//              Outage                                   -> Requeue
//   any        LeaseLost                                -> Abandon

#include "relay/jobs/state_machine.hpp"

#include "relay/jobs/job.hpp"
#include "relay/jobs/retry_policy.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/transaction_error.hpp"

#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

namespace relay::jobs {

namespace {

/// The withdraw's place in the transaction, after the two compute-budget instructions.
constexpr int kWithdrawInstruction = 2;

class Machine {
  public:
    Machine(const Attempt& attempt, const Job& job, const RetryPolicy& policy)
        : attempt_(attempt), job_(job), policy_(policy) {}

    Transition go(Phase phase, Step next) {
        attempt_.phase = phase;
        return {attempt_, std::move(next)};
    }

    Transition end(Step next) { return go(Phase::Ended, std::move(next)); }

    Transition track() {
        attempt_.broadcast = true;
        return go(Phase::Tracking, step::Track{});
    }

    Transition requeue(JobError reason) {
        return end(step::Requeue{std::move(reason), policy_.outage_delay, keep()});
    }

    Transition retry_or_fail(JobError error) {
        if (job_.retry_count < policy_.max_retries) {
            return end(step::Retry{std::move(error), policy_.delay(job_.retry_count), keep()});
        }
        return fail(std::move(error));
    }

    Transition fail(JobError error) {
        if (attempt_.broadcast && !attempt_.dead) { // failed only when it can no longer land
            attempt_.verdict = std::move(error);
            return go(Phase::Tracking, step::Track{});
        }
        return end(step::Bury{std::move(error)});
    }

    Transition expired(bool accepted) {
        attempt_.dead = true;
        if (attempt_.verdict) {
            return attempt_.spent ? fail(*attempt_.verdict) : retry_or_fail(*attempt_.verdict);
        }
        if (!accepted && !attempt_.accepted) {
            return requeue({"rpc_unavailable", "no node took the transaction while it was valid"});
        }
        if (attempt_.signatures >= policy_.max_signatures) {
            return retry_or_fail(
                {"transaction_expired", "the transaction expired before any leader took it"});
        }
        return sign();
    }

    Transition sign() { return go(Phase::Signing, step::Sign{}); }

    Transition rejected(const solana::TransactionError& error) {
        auto diagnosis = diagnose(error);
        switch (diagnosis.remedy) {
            case Diagnosis::Remedy::Never:
                return fail(std::move(diagnosis.error));
            case Diagnosis::Remedy::Retry:
                return retry_or_fail(std::move(diagnosis.error));
            case Diagnosis::Remedy::Outage:
                return requeue(std::move(diagnosis.error));
            case Diagnosis::Remedy::SeekPayment:
                return spent(std::move(diagnosis.error));
            case Diagnosis::Remedy::WaitForFate:
                if (attempt_.dead) { // a verdict of the chain cannot be waited out
                    return retry_or_fail(std::move(diagnosis.error));
                }
                return track();
        }
        throw std::logic_error("no such remedy");
    }

    /// The nullifier is spent, perhaps by a transaction of our own.
    Transition spent(JobError error) {
        attempt_.verdict = std::move(error);
        attempt_.spent = true;
        if (attempt_.broadcast && !attempt_.dead) {
            return go(Phase::Tracking, step::Track{}); // which looks at the earlier ones, too
        }
        return go(Phase::SeekingPayment, step::SeekPayment{});
    }

    Transition no_payment() {
        // Set when the payment was sought. NOLINTNEXTLINE(bugprone-unchecked-optional-access)
        return end(step::Bury{attempt_.verdict.value()});
    }

    Transition unproven(const std::string& missing) {
        return end(
            step::Requeue{{std::string(kProofOfExpiry), missing}, policy_.proof_delay, keep()});
    }

    Attempt& attempt() { return attempt_; }

  private:
    KeepTransaction keep() const {
        if (attempt_.dead || attempt_.phase == Phase::Signing) {
            return KeepTransaction::Drop;
        }
        return attempt_.broadcast ? KeepTransaction::Keep : KeepTransaction::KeepRefused;
    }

    Attempt attempt_;
    const Job& job_;
    const RetryPolicy& policy_;
};

} // namespace

namespace {

JobError below_rent(solana::AccountRole account) {
    switch (account) {
        case solana::AccountRole::Pool:
            return {"pool_below_rent",
                    "the pool would be left with less than the rent-exempt minimum"};
        case solana::AccountRole::Treasury:
            return {"treasury_below_rent",
                    "the treasury would hold less than the rent-exempt minimum"};
        case solana::AccountRole::NullifierShard:
            return {"shard_below_rent",
                    "the nullifier shard would hold less than the rent-exempt minimum"};
        case solana::AccountRole::Payer:
            return {"payer_unfunded",
                    "the relay's account would hold less than the rent-exempt minimum; fund it"};
        case solana::AccountRole::Recipient:
            return {"recipient_below_rent",
                    "a recipient's account would hold less than the rent-exempt minimum"};
        case solana::AccountRole::Unknown:
            break;
    }
    return {"account_below_rent",
            "an account of the transaction would hold less than the rent-exempt minimum"};
}

} // namespace

Diagnosis diagnose(const solana::TransactionError& error) {
    using Kind = solana::TransactionError::Kind;
    using Remedy = Diagnosis::Remedy;
    switch (error.kind) {
        case Kind::Custom: {
            if (error.instruction != kWithdrawInstruction) {
                break; // another program's number: it means nothing here
            }
            const auto known = solana::describe_program_error(error.number);
            const bool spent = error.number == solana::kDoubleSpend ||
                               error.number == solana::kNullifierAlreadyUsed;
            return {{std::string(known.code), std::string(known.message)},
                    spent             ? Remedy::SeekPayment
                    : known.permanent ? Remedy::Never
                                      : Remedy::Retry};
        }
        case Kind::BlockhashNotFound:
            return {{"blockhash_not_found", "the node does not know the blockhash"},
                    Remedy::WaitForFate};
        case Kind::AlreadyProcessed:
            return {{"already_processed", "the node has this transaction already"},
                    Remedy::WaitForFate};
        case Kind::PayerUnfunded:
            return {{"payer_unfunded", "the relay's account cannot pay the network fee; fund it"},
                    Remedy::Outage};
        case Kind::InsufficientFundsForRent:
            return {below_rent(error.account), Remedy::Retry};
        case Kind::ComputeExceeded:
            return {{"compute_exceeded",
                     "the withdraw needs more compute units than the relay asked for; its operator "
                     "can raise RELAY_SOLANA_COMPUTE_UNIT_LIMIT"},
                    Remedy::Retry};
        case Kind::ProgramStopped:
            return {{"program_stopped",
                     "the program was stopped before its end, most likely for want of compute "
                     "units"},
                    Remedy::Retry};
        case Kind::Other:
            break;
    }
    return {{"transaction_failed", "the chain refused the transaction: " + error.text},
            Remedy::Retry};
}

namespace {

[[noreturn]] void impossible() {
    throw std::logic_error("a job's event that its phase cannot have");
}

Transition on(Machine& machine, Phase phase, const event::Signed&) {
    if (phase != Phase::Signing) {
        impossible();
    }
    ++machine.attempt().signatures;
    machine.attempt().broadcast = false;
    machine.attempt().accepted = false;
    machine.attempt().dead = false;
    return machine.go(Phase::Saving, step::Save{});
}

Transition on(Machine& machine, Phase phase, const event::Saved&) {
    if (phase != Phase::Saving) {
        impossible();
    }
    return machine.go(Phase::Sending, step::Send{});
}

Transition on(Machine& machine, Phase phase, const event::Sent& sent) {
    if (phase != Phase::Sending) {
        impossible();
    }
    machine.attempt().accepted |= sent.accepted;
    return machine.track();
}

Transition on(Machine& machine, Phase phase, const event::PreflightFailed& failure) {
    if (phase != Phase::Sending) {
        impossible();
    }
    return machine.rejected(failure.error);
}

Transition on(Machine& machine, Phase phase, const event::Refused& refusal) {
    if (phase != Phase::Sending) {
        impossible();
    }
    return machine.requeue({"rpc_refused", refusal.message});
}

Transition on(Machine& machine, Phase phase, const event::Landed& landing) {
    if (phase != Phase::Asking && phase != Phase::Tracking && phase != Phase::SeekingPayment) {
        impossible();
    }
    return machine.end(step::Complete{landing.signature, landing.slot, landing.final});
}

Transition on(Machine& machine, Phase phase, const event::FailedOnChain& failure) {
    if (phase != Phase::Asking && phase != Phase::Tracking) {
        impossible();
    }
    machine.attempt().dead = true;
    return machine.rejected(failure.error);
}

Transition on(Machine& machine, Phase phase, const event::Expired& expiry) {
    if (phase != Phase::Asking && phase != Phase::Tracking) {
        impossible();
    }
    return machine.expired(expiry.accepted);
}

Transition on(Machine& machine, Phase phase, const event::Live&) {
    if (phase != Phase::Asking) {
        impossible();
    }
    return machine.go(Phase::Sending, step::Send{});
}

Transition on(Machine& machine, Phase phase, const event::Unproven& unproven) {
    if (phase != Phase::Asking && phase != Phase::Tracking && phase != Phase::SeekingPayment) {
        impossible();
    }
    return machine.unproven(unproven.missing);
}

Transition on(Machine& machine, Phase phase, const event::NoPayment&) {
    if (phase != Phase::SeekingPayment) {
        impossible();
    }
    return machine.no_payment();
}

Transition on(Machine& machine, Phase phase, const event::Outage& outage) {
    if (phase == Phase::Start || phase == Phase::Saving || phase == Phase::Sending ||
        phase == Phase::Ended) {
        impossible();
    }
    return machine.requeue(outage.reason);
}

Transition on(Machine& machine, Phase phase, const event::LedgerAway&) {
    if (phase != Phase::Saving) {
        impossible();
    }
    return machine.end(step::Abandon{});
}

Transition on(Machine& machine, Phase phase, const event::LeaseLost&) {
    if (phase == Phase::Ended) {
        impossible();
    }
    return machine.end(step::Abandon{});
}

} // namespace

Transition advance(const Attempt& attempt, const Job& job, const Event& event,
                   const RetryPolicy& policy) {
    Machine machine(attempt, job, policy);
    if (std::holds_alternative<event::Claimed>(event)) {
        if (attempt.phase != Phase::Start) {
            impossible();
        }
        machine.attempt().broadcast = job.transaction && !job.transaction_refused;
        return job.transaction ? machine.go(Phase::Asking, step::Ask{}) : machine.sign();
    }
    if (std::holds_alternative<event::Accepted>(event)) {
        if (attempt.phase != Phase::Start || !job.transaction) {
            impossible();
        }
        machine.attempt().signatures = 1;
        return machine.go(Phase::Sending, step::Send{});
    }
    return std::visit(
        [&](const auto& happened) -> Transition {
            if constexpr (requires { on(machine, attempt.phase, happened); }) {
                return on(machine, attempt.phase, happened);
            } else {
                impossible();
            }
        },
        event);
}

} // namespace relay::jobs
