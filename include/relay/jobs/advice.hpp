#pragma once
// What a job's error means for who posted the withdraw: whether posting it anew can help, and what
// to do; and what a live job waits for. Pure: from what the ledger holds, so that every relay says
// the same. Source: docs/protocol.md, "GET /status".

#include "relay/jobs/job.hpp"

#include <string_view>

namespace relay::jobs {

struct Advice {
    bool retryable = true;
    /// For a person; never empty.
    std::string_view hint;
};

/// On a job that failed with this code.
Advice advice_on(std::string_view code);

/// "retry", "root", "rpc", "payer" or "proof_of_expiry"; empty while it moves, or is final.
std::string_view waiting_for(const JobView& job);

} // namespace relay::jobs
