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

} // namespace relay::withdraw
