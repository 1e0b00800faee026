#include "relay/jobs/advice.hpp"

#include "relay/jobs/job.hpp"
#include "relay/jobs/price_watch.hpp"
#include "relay/jobs/state_machine.hpp"
#include "relay/solana/shield_pool.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace relay::jobs {

namespace {

constexpr std::string_view kRootNotFound = "root_not_found";

struct Reason {
    std::string_view code;
    std::string_view hint;
    /// What a job that will be tried again by itself waits for.
    std::string_view waits_for = "retry";
};

constexpr auto kReasons = std::to_array<Reason>({
    {kRootNotFound, "fetch a fresh root, prove anew and post that", "root"},
    {"proof_invalid", "make the proof anew, for the program's present verifying key"},
    {"double_spend", "the note is spent; there is nothing left to withdraw"},
    {"nullifier_already_used", "the note is spent; there is nothing left to withdraw"},
    {"recipient_below_rent",
     "pay the recipient more, or fund its account first: a new account needs the rent-exempt "
     "minimum"},
    {"payer_unfunded", "post it again later: the relay's operator must fund its account", "payer"},
    {"tip_below_rent", "post it again later: the relay's operator must look at whom it tips"},
    {"rpc_unavailable", "post it again later: the relay could not reach the chain", "rpc"},
    {"rpc_refused", "post it again later: the relay's operator must look at its RPC node", "rpc"},
    {kPriceAboveCap, "post it again later: the network asks for more than this relay pays", "fee"},
    {"rpc_limited", "post it again later: the relay's RPC node limits its rate", "rpc"},
    {kProofOfExpiry, "wait: whether the payment was made is being proven", "proof_of_expiry"},
    {"transaction_expired", "post it again: the network did not take the transaction in time"},
    {"compute_exceeded", "post it again later: the relay's operator must raise its compute limit"},
});

const Reason* find(std::string_view code) {
    const auto found = std::ranges::find(kReasons, code, &Reason::code);
    return found == kReasons.end() ? nullptr : &*found;
}

} // namespace

Advice advice_on(std::string_view code) {
    const Reason* known = find(code);
    const bool permanent = solana::is_permanent_program_error(code);
    if (known != nullptr) {
        return {!permanent, known->hint};
    }
    return {!permanent, permanent ? "make the withdraw anew: this one can never be paid"
                                  : "post it again later"};
}

std::string_view waiting_for(const JobView& job, const Hindrance& hindrance) {
    const bool queued = job.status == JobStatus::Queued;
    if (!queued && job.status != JobStatus::Processing) {
        return {};
    }
    if (!queued && !job.due) { // somebody works on it
        const bool unproven = job.error && job.error->code == kProofOfExpiry;
        return unproven ? kProofOfExpiry : std::string_view();
    }
    if (hindrance.paused) {
        return "paused";
    }
    if (!job.due) {
        const Reason* known = job.error ? find(job.error->code) : nullptr;
        return known != nullptr ? known->waits_for : job.error ? "retry" : "delay";
    }
    if (hindrance.payer_low) {
        return "payer";
    }
    return hindrance.rpc_away ? "rpc" : "capacity";
}

} // namespace relay::jobs
