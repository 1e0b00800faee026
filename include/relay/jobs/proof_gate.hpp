#pragma once
// Whether a withdraw's proof lets it in. The chain stays the judge: the check here only spares the
// work for what the chain would refuse, and must never keep out what it would take.
//
//   Off       nothing is checked
//   Observe   the check is compared with what the chain says of jobs that end; all are let in
//   Enforce   who has no good proof is not let in
//
// Enforce becomes Observe by itself, for the rest of the process's life, where the key may not be
// the program's any more: when the program is seen to have been deployed anew, or when a node would
// have carried out what was not let in (asked of one withdraw a minute, by a simulation).

#include "relay/base/client_key.hpp"
#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/groth16/verifying_key.hpp"
#include "relay/jobs/proof_checks.hpp"
#include "relay/jobs/signer.hpp"
#include "relay/observability/condition.hpp"
#include "relay/observability/logging.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/units.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace relay::jobs {

/// What the program's proofs are of.
struct Circuit {
    groth16::VerifyingKey key;
    /// SP1's name of the circuit's program: below the group's order.
    std::array<std::uint8_t, 32> program_vkey{};
};

/// Checks by the circuit's key.
ProofChecks::Verify verifier_of(const Circuit& circuit);

class ProofGate {
  public:
    enum class Mode { Off, Observe, Enforce };

    struct Settings {
        Mode mode = Mode::Off;
        ProofChecks::Settings checks;
        /// Between looks at when the program was deployed.
        std::chrono::milliseconds interval{5'000};
        /// Between simulations of what was not let in.
        std::chrono::milliseconds between_samples{60'000};
        /// Between comparisons with what the chain said: they leave most of a core to others.
        std::chrono::milliseconds between_comparisons{10};
    };

    struct Tools {
        base::Clock& clock;
        base::TaskGroup& tasks;
        rpc::SolanaRpc& rpc;
        const Signer& signer;
        observability::MetricsRegistry& metrics;
    };

    /// All tools outlive the gate. No `verify`: Off, whatever the settings say.
    ProofGate(Settings settings, ProofChecks::Verify verify, Tools tools);

    /// Looks whether the program has changed; ends by cancellation only.
    base::Task<void> run();

    /// Valid where it is let in.
    base::Task<ProofChecks::Verdict> admit(base::ClientKey client, solana::Withdraw withdraw);

    /// The chain took a withdraw's proof, or refused it. Compared where there is time for it.
    void judged(const solana::Withdraw& withdraw, bool taken);

    /// What it does at present.
    Mode mode() const { return opened_ ? Mode::Observe : settings_.mode; }

  private:
    base::Task<void> look_at_program();
    base::Task<void> compare(PostedProof proof, bool taken);
    base::Task<void> simulate(solana::Withdraw withdraw);
    void sample(solana::Withdraw withdraw);
    bool comes_due(std::optional<base::Clock::time_point>& last,
                   std::chrono::milliseconds between) const;
    void open(const std::string& reason);
    observability::Counter comparisons(const char* result);
    observability::Counter samples(const char* result);

    Settings settings_;
    Tools tools_;
    observability::Gauge enforced_;
    std::unique_ptr<ProofChecks> checks_;
    std::optional<solana::Slot> deployed_in_;
    std::optional<base::Clock::time_point> sampled_at_;
    std::optional<base::Clock::time_point> compared_at_;
    bool opened_ = false;
    observability::Condition differs_{
        {observability::log_warn, "proof_check_differs",
         "the check of proofs and the chain do not agree: are RELAY_PROOF_KEY and "
         "RELAY_PROOF_PROGRAM_VKEY the program's?"},
        {"proof_check_agrees", "the check of proofs and the chain agree again"}};
};

/// "off", "observe", "enforce"
std::string_view to_string(ProofGate::Mode mode);

} // namespace relay::jobs
