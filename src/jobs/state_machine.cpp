// The table (rows not listed are impossible and throw). "retry*" means: a retry while any is left,
// else failed. A transaction that may have been broadcast is waited out before a job is failed.
//
//   Start      Claimed          no transaction          -> Sign
//                               a saved one             -> Ask
//              HeadStarted      its transaction saved   -> Send
//   Signing    Signed                                   -> Save
//              Outage                                   -> GiveBack
//   Saving     Saved                                    -> Send
//              LedgerAway                               -> Abandon: nothing unsaved is sent
//   Asking     Landed                                   -> Complete
//              FailedOnChain    retried since           -> Sign: that was the verdict before
//                               else                    -> by its error, as below
//              Expired                                  -> Sign, or retry* when signed too often
//              Live                                     -> Send
//              Unproven                                 -> GiveBack: it waits for the proof
//              Outage                                   -> GiveBack
//   Sending    Sent                                     -> Track
//              PreflightFailed  blockhash, processed    -> Track: its fate is not known here
//                               payer unfunded          -> GiveBack
//                               nullifier spent         -> Track while it may land, else
//                                                          SeekPayment among the earlier ones
//                               permanent               -> Fail, or Track while it may land
//                               else                    -> retry*
//              Refused                                  -> GiveBack
//   Tracking   Landed                                   -> Complete
//              FailedOnChain                            -> by its error
//              Expired          with a verdict          -> retry* with it; Fail a double spend
//                               no node ever took it    -> GiveBack: an outage
//                               else                    -> Sign, or retry* when signed too often
//              Unproven                                 -> GiveBack: it waits for the proof
//              Outage                                   -> GiveBack
//   Seeking    Landed                                   -> Complete
//              NoPayment                                -> Fail: another has spent it
//              Unproven                                 -> GiveBack: it waits for the proof
//              Outage                                   -> GiveBack
//   any        LeaseLost                                -> Abandon

#include "relay/jobs/state_machine.hpp"

#include "relay/jobs/job.hpp"
#include "relay/jobs/retry_policy.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/transaction_error.hpp"

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

namespace relay::jobs {

namespace {

[[noreturn]] void impossible() {
    throw std::logic_error("a job's event that its phase cannot have");
}

class Machine {
  public:
    Machine(const Attempt& attempt, const Job& job, const RetryPolicy& policy)
        : attempt_(attempt), job_(job), policy_(policy) {}

    void require(std::initializer_list<Phase> phases) const {
        if (std::ranges::find(phases, attempt_.phase) == phases.end()) {
            impossible();
        }
    }

    void require_not(Phase phase) const {
        if (attempt_.phase == phase) {
            impossible();
        }
    }

    Transition claimed() {
        attempt_.broadcast = job_.transaction && !job_.transaction_refused;
        return job_.transaction ? go(Phase::Asking, step::Ask{}) : sign();
    }

    Transition head_started() {
        if (!job_.transaction) {
            impossible();
        }
        attempt_.signatures = 1;
        return go(Phase::Sending, step::Send{});
    }

    Transition signed_anew() {
        ++attempt_.signatures;
        attempt_.broadcast = false;
        attempt_.taken_by_node = false;
        attempt_.dead = false;
        return go(Phase::Saving, step::Save{});
    }

    Transition sent(bool taken_by_node) {
        attempt_.taken_by_node |= taken_by_node;
        return track();
    }

    Transition failed_on_chain(const solana::TransactionError& error) {
        attempt_.dead = true;
        if (attempt_.phase == Phase::Asking && job_.retried) {
            return sign();
        }
        return rejected(error);
    }

    Transition go(Phase phase, Step next) {
        attempt_.phase = phase;
        return {attempt_, std::move(next)};
    }

    Transition end(Step next) { return go(Phase::Ended, std::move(next)); }

    Transition track() {
        attempt_.broadcast = true;
        return go(Phase::Tracking, step::Track{});
    }

    Transition give_back(JobError reason) {
        return give_back(std::move(reason), policy_.outage_delay);
    }

    Transition retry_or_fail(JobError error) {
        if (job_.retry_count < policy_.max_retries) {
            return end(step::GiveBack{std::move(error), policy_.delay(job_.retry_count), keep(),
                                      /*counts=*/true});
        }
        return fail(std::move(error));
    }

    Transition fail(JobError error) {
        if (attempt_.broadcast && !attempt_.dead) { // failed only when it can no longer land
            attempt_.verdict = std::move(error);
            return go(Phase::Tracking, step::Track{});
        }
        return end(step::Fail{std::move(error)});
    }

    Transition expired(bool taken_by_node) {
        attempt_.dead = true;
        if (attempt_.verdict) {
            return attempt_.spent ? fail(*attempt_.verdict) : retry_or_fail(*attempt_.verdict);
        }
        if (!taken_by_node && !attempt_.taken_by_node) {
            return give_back(
                {"rpc_unavailable", "no node took the transaction while it was valid"});
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
                return give_back(std::move(diagnosis.error));
            case Diagnosis::Remedy::SeekPayment:
                return spent(std::move(diagnosis.error));
            case Diagnosis::Remedy::WaitForFate:
                if (attempt_.dead) { // a verdict of the chain cannot be waited out
                    return retry_or_fail(std::move(diagnosis.error));
                }
                return track();
        }
        std::unreachable();
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
        return end(step::Fail{attempt_.verdict.value()});
    }

    Transition unproven(const std::string& missing) {
        return give_back({std::string(kProofOfExpiry), missing}, policy_.proof_delay);
    }

  private:
    /// No retry spent.
    Transition give_back(JobError reason, std::chrono::milliseconds delay) {
        return end(step::GiveBack{std::move(reason), delay, keep(), /*counts=*/false});
    }

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
            return {"account_below_rent",
                    "an account of the transaction would hold less than the rent-exempt minimum"};
    }
    std::unreachable();
}

Diagnosis unknown_failure(const solana::TransactionError& error) {
    return {{"transaction_failed", "the chain refused the transaction: " + error.text},
            Diagnosis::Remedy::Retry};
}

/// By the shield-pool's number; another program's means nothing here.
Diagnosis diagnose_custom(const solana::TransactionError& error) {
    if (error.instruction != solana::kWithdrawInstruction) {
        return unknown_failure(error);
    }
    const auto known = solana::describe_program_error(error.number);
    auto remedy = known.permanent ? Diagnosis::Remedy::Never : Diagnosis::Remedy::Retry;
    if (error.number == solana::kDoubleSpend || error.number == solana::kNullifierAlreadyUsed) {
        remedy = Diagnosis::Remedy::SeekPayment;
    }
    return {{std::string(known.code), std::string(known.message)}, remedy};
}

} // namespace

Diagnosis diagnose(const solana::TransactionError& error) {
    using Kind = solana::TransactionError::Kind;
    using Remedy = Diagnosis::Remedy;
    switch (error.kind) {
        case Kind::Custom:
            return diagnose_custom(error);
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
            return unknown_failure(error);
    }
    std::unreachable();
}

namespace {

/// Each event has its `on`: one without does not compile.
Transition on(Machine& machine, const event::Claimed&) {
    machine.require({Phase::Start});
    return machine.claimed();
}

Transition on(Machine& machine, const event::HeadStarted&) {
    machine.require({Phase::Start});
    return machine.head_started();
}

Transition on(Machine& machine, const event::Signed&) {
    machine.require({Phase::Signing});
    return machine.signed_anew();
}

Transition on(Machine& machine, const event::Saved&) {
    machine.require({Phase::Saving});
    return machine.go(Phase::Sending, step::Send{});
}

Transition on(Machine& machine, const event::Sent& sent) {
    machine.require({Phase::Sending});
    return machine.sent(sent.taken_by_node);
}

Transition on(Machine& machine, const event::PreflightFailed& failure) {
    machine.require({Phase::Sending});
    return machine.rejected(failure.error);
}

Transition on(Machine& machine, const event::Refused& refusal) {
    machine.require({Phase::Sending});
    return machine.give_back({"rpc_refused", refusal.message});
}

Transition on(Machine& machine, const event::Landed& landing) {
    machine.require({Phase::Asking, Phase::Tracking, Phase::SeekingPayment});
    return machine.end(step::Complete{landing.signature, landing.slot, landing.final});
}

Transition on(Machine& machine, const event::FailedOnChain& failure) {
    machine.require({Phase::Asking, Phase::Tracking});
    return machine.failed_on_chain(failure.error);
}

Transition on(Machine& machine, const event::Expired& expiry) {
    machine.require({Phase::Asking, Phase::Tracking});
    return machine.expired(expiry.taken_by_node);
}

Transition on(Machine& machine, const event::Live&) {
    machine.require({Phase::Asking});
    return machine.go(Phase::Sending, step::Send{});
}

Transition on(Machine& machine, const event::Unproven& unproven) {
    machine.require({Phase::Asking, Phase::Tracking, Phase::SeekingPayment});
    return machine.unproven(unproven.missing);
}

Transition on(Machine& machine, const event::NoPayment&) {
    machine.require({Phase::SeekingPayment});
    return machine.no_payment();
}

Transition on(Machine& machine, const event::Outage& outage) {
    machine.require({Phase::Signing, Phase::Asking, Phase::Tracking, Phase::SeekingPayment});
    return machine.give_back(outage.reason);
}

Transition on(Machine& machine, const event::LedgerAway&) {
    machine.require({Phase::Saving});
    return machine.end(step::Abandon{});
}

Transition on(Machine& machine, const event::LeaseLost&) {
    machine.require_not(Phase::Ended);
    return machine.end(step::Abandon{});
}

} // namespace

Transition advance(const Attempt& attempt, const Job& job, const Event& event,
                   const RetryPolicy& policy) {
    Machine machine(attempt, job, policy);
    return std::visit([&](const auto& happened) { return on(machine, happened); }, event);
}

} // namespace relay::jobs
