#pragma once
// A withdraw as a client posts it, checked by every rule that can be checked without the chain.
// Pure: text in, a Withdraw or one fault out. Source: PROTOCOL sections 1 to 3.

#include "relay/base/error.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/units.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace relay::jobs {

enum class RequestFaultCode {
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
std::string_view to_string(RequestFaultCode code);

struct RequestFault {
    RequestFaultCode code;
    /// A path such as "outputs[1].amount"; empty where no one field is at fault.
    std::string field;
    /// What is wrong and what would be right.
    std::string message;
};

/// What admission needs to know of the relay.
struct AdmissionRules {
    solana::Pubkey program;
    solana::PoolAccounts accounts;
    solana::Pubkey payer;
    solana::FeeSchedule fees;
    std::uint32_t compute_unit_limit = 400'000;
    std::uint64_t compute_unit_price = 10'000;
};

/// Compute-budget instructions and the withdraw, as they will be signed: what admission measures
/// is what the worker sends.
std::vector<solana::Instruction> withdraw_instructions(const AdmissionRules& rules,
                                                       const solana::Withdraw& withdraw);

/// The body of POST /withdraw; its proof as the program takes it, or in an SP1 bundle. At the top
/// any other member than the four known ones ("swap", say) is refused, unless it is null: it might
/// change the meaning. Inside those four, unknown members are ignored.
base::Result<solana::Withdraw, RequestFault> parse_withdraw_request(std::string_view body,
                                                                    const AdmissionRules& rules);

} // namespace relay::jobs
