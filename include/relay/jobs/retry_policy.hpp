#pragma once
// How often a job is tried again, and after how long. Pure.

#include <chrono>

namespace relay::jobs {

struct RetryPolicy {
    int max_retries = 3;
    std::chrono::milliseconds base_delay{30'000};
    std::chrono::milliseconds max_delay{600'000};
    /// Before a job goes on that an outage stopped; costs no retry.
    std::chrono::milliseconds outage_delay{2'000};
    /// Before the proof of an expiry is looked for again; costs no retry.
    std::chrono::milliseconds proof_delay{3'000};
    /// For so long since its acceptance a job waits for what the pool lacks; costs no retry.
    std::chrono::milliseconds pool_patience{600'000};
    /// Before such a job looks again by itself, if nobody wakes it: the first time, and at most.
    std::chrono::milliseconds first_pool_delay{2'000};
    std::chrono::milliseconds longest_pool_delay{30'000};
    /// How many transactions one attempt may sign, each after the last one's proven expiry.
    int max_signatures = 3;

    /// base * 2^retry_count, at most max_delay.
    std::chrono::milliseconds delay(int retry_count) const;
    /// As long again as it has waited, and no longer than its patience lasts.
    std::chrono::milliseconds pool_delay(std::chrono::milliseconds age) const;
};

} // namespace relay::jobs
