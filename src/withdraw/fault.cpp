#include "relay/withdraw/fault.hpp"

#include <string_view>
#include <utility>

namespace relay::withdraw {

std::string_view to_string(FaultCode code) {
    switch (code) {
        case FaultCode::InvalidJson:
            return "invalid_json";
        case FaultCode::MissingField:
            return "missing_field";
        case FaultCode::InvalidField:
            return "invalid_field";
        case FaultCode::OutputsHashMismatch:
            return "outputs_hash_mismatch";
        case FaultCode::ConservationViolated:
            return "conservation_violated";
        case FaultCode::FeeMismatch:
            return "fee_mismatch";
        case FaultCode::Unsupported:
            return "unsupported";
        case FaultCode::TransactionTooLarge:
            return "transaction_too_large";
    }
    std::unreachable();
}

std::string_view hint_on(FaultCode code) {
    switch (code) {
        case FaultCode::InvalidJson:
            return "Post one JSON object with outputs, policy, public_inputs and proof_bytes.";
        case FaultCode::MissingField:
            return "Add the field and post the body again.";
        case FaultCode::InvalidField:
            return "Mend the field and post the body again.";
        case FaultCode::OutputsHashMismatch:
            return "Make the proof over the hash of these outputs.";
        case FaultCode::ConservationViolated:
            return "Ask GET /fee?amount=LAMPORTS for what is left to pay out.";
        case FaultCode::FeeMismatch:
            return "Ask GET /fee?amount=LAMPORTS for the rate.";
        case FaultCode::Unsupported:
            return "Leave it out: what it asks for, this relay does not do.";
        case FaultCode::TransactionTooLarge:
            return "Pay fewer outputs in one withdraw.";
    }
    std::unreachable();
}

} // namespace relay::withdraw
