#include "acceptance_answer.hpp"

#include "relay/http/envelope.hpp"
#include "relay/http/message.hpp"
#include "relay/jobs/door.hpp"
#include "relay/jobs/intake.hpp"
#include "relay/jobs/job.hpp"

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace relay::http {

namespace {

constexpr std::chrono::seconds kRetryAfterProofs{1};
constexpr std::chrono::seconds kRetryAfterBacklog{5};
constexpr std::chrono::seconds kRetryAfterDraining{30};

/// "queued" is the contract's word for accepted; it may be on its way already, as /status tells.
Response accepted(const jobs::JobId& id) {
    return success(202, {{"request_id", id.to_string()},
                         {"status", "queued"},
                         {"message", "accepted; poll /status/" + id.to_string()}});
}

Response accepted_before(const jobs::Acceptance& acceptance) {
    return success(200, {{"request_id", acceptance.id.to_string()},
                         {"status", to_string(acceptance.status)},
                         {"message", "this withdraw was accepted before; this is its request"}});
}

Response conflict() {
    return failure(409, "nullifier_conflict",
                   "Another withdraw with this nullifier is live or paid: a note is spent once.",
                   "public_inputs.nf", "Ask /status for the withdraw that was posted first.");
}

Response spent() {
    return failure(409, "nullifier_spent",
                   "The chain says that this nullifier is spent, and not by this relay: the note "
                   "was withdrawn elsewhere.",
                   "public_inputs.nf", "There is nothing left to withdraw; nothing was accepted.");
}

Response below_rent(const jobs::Objection& objection) {
    return failure(400, "recipient_below_rent",
                   "A recipient's account does not exist, and would hold less than the " +
                       std::to_string(objection.minimum.value) +
                       " lamports that an account must hold.",
                   "outputs[" + std::to_string(objection.output) + "].amount",
                   "Pay that recipient more, or fund its account first.");
}

Response bad_proof() {
    return failure(400, "proof_invalid", "The proof does not prove this withdraw.", "proof_bytes",
                   "Prove the withdraw anew, for the program's present circuit.");
}

Response not_now(const char* code, const char* message, std::chrono::seconds pause) {
    return try_later(503, code, message, pause, kPostAgain);
}

} // namespace

Response answer_to(const jobs::Acceptance& acceptance) {
    using Kind = jobs::Acceptance::Kind;
    switch (acceptance.kind) {
        case Kind::Accepted:
            return accepted(acceptance.id);
        case Kind::Duplicate:
            return accepted_before(acceptance);
        case Kind::Conflict:
            return conflict();
        case Kind::NullifierSpent:
            return spent();
        case Kind::RecipientBelowRent:
            return below_rent(acceptance.objection);
        case Kind::ProofInvalid:
            return bad_proof();
        case Kind::TooManyBadProofs:
            return try_later(429, "rate_limited",
                             "Too many withdraws from this address had proofs that are not good.",
                             kRetryAfterProofs, kPostAgain);
        case Kind::ProofsBusy:
            return not_now("busy",
                           "More proofs wait to be checked than can be in good time; nothing was "
                           "accepted.",
                           kRetryAfterProofs);
        case Kind::ShuttingDown:
            return not_now("shutting_down", "This relay is shutting down; nothing was accepted.",
                           kRetryAfterBacklog);
        case Kind::Draining:
            return not_now("draining",
                           "This relay accepts no withdraws at present; nothing was accepted.",
                           kRetryAfterDraining);
        case Kind::BacklogFull:
            return not_now("backlog_full",
                           "As many withdraws wait as the relay may hold; nothing was accepted.",
                           kRetryAfterBacklog);
    }
    std::unreachable();
}

} // namespace relay::http
