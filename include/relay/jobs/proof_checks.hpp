#pragma once
// Checks the proofs of posted withdraws, on a few threads of its own: a check takes a millisecond
// of a core, which the io thread has not got. They take what time the rest of the machine leaves.
//
// Clients take turns in a line, and those go first of whose proofs none failed lately: junk waits
// for them, not they for junk. The line is as long as can be served within a fraction of a second;
// who waited so long, comes to a full line or has most waiting in it is told to come again. A
// client whose proofs failed again and again is not served for a while.
//
// Touched on the io thread only. The verifier is called on the others, several at once.

#include "relay/base/blocking_pool.hpp"
#include "relay/base/client_key.hpp"
#include "relay/base/clock.hpp"
#include "relay/base/fair_queue.hpp"
#include "relay/base/rate_limiter.hpp"
#include "relay/base/task.hpp"
#include "relay/groth16/verifier.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/solana/shield_pool.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace relay::jobs {

/// A proof, and what it is to prove.
struct PostedProof {
    std::array<std::uint8_t, solana::kProofBytes> proof{};
    std::array<std::uint8_t, solana::kPublicInputBytes> inputs{};
};

PostedProof posted_proof(const solana::Withdraw& withdraw);

class ProofChecks {
  public:
    struct Settings {
        std::size_t threads = 2;
        /// Bad proofs a minute that one client may post; 0: no limit.
        std::uint32_t failures_a_minute = 120;
        /// In the line, which is no longer than what is served in it.
        std::chrono::nanoseconds longest_wait{std::chrono::milliseconds(500)};
    };

    /// Throws nothing and touches no state.
    using Verify = std::function<groth16::Verdict(const PostedProof&)>;

    /// The clock and the registry outlive the checks; all calls have ended before they die.
    ProofChecks(base::Clock& clock, Settings settings, Verify verify,
                observability::MetricsRegistry& metrics);

    enum class Verdict {
        Valid,
        Invalid,
        /// Not checked: more wait than can be served in good time.
        Busy,
        /// Not checked: too many of this client's proofs have failed.
        TooManyFailures,
    };

    base::Task<Verdict> check(base::ClientKey client, PostedProof proof);

    /// For nobody: out of turn, and counted against no client.
    base::Task<groth16::Verdict> judge(PostedProof proof);

    /// Nobody waits, and a thread is free.
    bool is_idle() const { return busy_ < settings_.threads; }

  private:
    struct Waiter;
    class Turn;
    struct Outcome {
        groth16::Verdict verdict;
        std::chrono::nanoseconds taken;
    };
    struct Thread {};
    using Line = base::FairQueue<Waiter*>;

    Line& line_of(base::ClientKey client);
    std::size_t waiting() const { return trusted_.size() + doubted_.size(); }
    /// How many may wait.
    std::size_t room() const;
    base::Task<bool> wait_for_turn(base::ClientKey client);
    base::Task<groth16::Verdict> run(PostedProof proof);
    void next();
    void note(const Outcome& outcome);
    void tell_of_line();

    base::Clock& clock_;
    Settings settings_;
    Verify verify_;
    base::RateLimiter failures_;
    Line trusted_; // served first, shed last
    Line doubted_;
    std::size_t busy_ = 0;
    /// A check's time, the later ones counting most.
    std::chrono::nanoseconds mean_{std::chrono::milliseconds(1)};
    observability::MetricsRegistry& metrics_;
    observability::Durations seconds_;
    observability::Gauge waiting_;
    base::BlockingPool<Thread> threads_; // last: joined before what its calls refer to
};

} // namespace relay::jobs
