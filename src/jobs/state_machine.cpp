// The table (rows not listed are impossible and throw). "retry*" means: a retry while any is left,
// else failed. A transaction that may have been broadcast is waited out before a job is failed.
//
//   Start      Claimed          a saved one was sent    -> Ask
//                               the pool lacks its root -> GiveBack, for as long as there is
//                               or lamports             patience
//                               a saved one             -> Ask
//                               no transaction          -> Sign
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
//                               the pool lacks it       -> GiveBack while there is patience,
//                                                          then Fail for a root
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
#include <cstdint>
#include <initializer_list>
#include <optional>
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

    Transition claimed(const std::optional<JobError>& lack) {
        attempt_.broadcast = job_.transaction && !job_.transaction_refused;
        if (lack && !attempt_.broadcast && has_patience()) {
            return wait_for_pool(*lack);
        }
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
        return go(Phase::Signing, step::Sign{.outbids = true});
    }

    Transition sign() { return go(Phase::Signing, step::Sign{}); }

    Transition rejected(const solana::TransactionError& error) {
        auto diagnosis = diagnose(error);
        switch (diagnosis.remedy) {
            case Diagnosis::Remedy::Never:
                return fail(std::move(diagnosis.error));
            case Diagnosis::Remedy::Retry:
                return error.is_known_lack ? lacking(std::move(diagnosis.error), error.number)
                                           : retry_or_fail(std::move(diagnosis.error));
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

    /// The chain says so, and whoever watches it: a root that was waited for will not come.
    Transition lacking(JobError error, std::uint32_t number) {
        if (has_patience()) {
            return wait_for_pool(std::move(error));
        }
        return number == solana::kRootNotFound ? fail(std::move(error))
                                               : retry_or_fail(std::move(error));
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
    bool has_patience() const { return job_.age < policy_.pool_patience; }

    Transition wait_for_pool(JobError lack) {
        return give_back(std::move(lack), policy_.pool_delay(job_.age));
    }

    /// No retry spent.
    Transition give_back(JobError reason, std::chrono::milliseconds delay) {
        return end(step::GiveBack{std::move(reason), delay, keep(), /*counts=*/false});
    }

    KeepTransaction keep() const {
        const bool is_unsigned = attempt_.phase == Phase::Start && !job_.transaction;
        if (attempt_.dead || attempt_.phase == Phase::Signing || is_unsigned) {
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

/// Each event has its `on`: one without does not compile.
Transition on(Machine& machine, const event::Claimed& claim) {
    machine.require({Phase::Start});
    return machine.claimed(claim.lack);
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
