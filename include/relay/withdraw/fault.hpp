#pragma once
// What is wrong with a withdraw as it was posted. Source: docs/protocol.md, "POST /withdraw".

#include <string>
#include <string_view>

namespace relay::withdraw {

enum class FaultCode {
    InvalidJson,
    MissingField,
    InvalidField,
    OutputsHashMismatch,
    ConservationViolated,
    FeeMismatch,
    Unsupported,
    TransactionTooLarge,
};

/// "invalid_json", "missing_field", ...
std::string_view to_string(FaultCode code);
/// What the sender can do about it.
std::string_view hint_on(FaultCode code);

struct Fault {
    FaultCode code;
    /// A path such as "outputs[1].amount"; empty where no one field is at fault.
    std::string field;
    /// What is wrong and what would be right.
    std::string message;
};

} // namespace relay::withdraw
