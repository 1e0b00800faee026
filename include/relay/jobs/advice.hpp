#pragma once
// What a job's error means for who posted the withdraw: whether posting it anew can help, and what
// to do; and what a live job waits for. Pure: from what the ledger holds, so that every relay says
// the same; of the present, which no row holds, from what the relay that answers sees.
// Source: docs/protocol.md, "GET /status".

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

/// What keeps any job from being claimed.
struct Hindrance {
    /// By the operator; the same for all relays.
    bool paused = false;
    bool payer_low = false;
    /// As this relay sees it.
    bool rpc_away = false;
};

/// "paused", "capacity", "delay", "retry", "root", "rpc", "payer" or "proof_of_expiry"; empty while
/// it moves, or is final.
std::string_view waiting_for(const JobView& job, const Hindrance& hindrance);

} // namespace relay::jobs
