#include "relay/jobs/proof_gate.hpp"

#include "relay/base/client_key.hpp"
#include "relay/base/task.hpp"
#include "relay/groth16/statement.hpp"
#include "relay/groth16/verifier.hpp"
#include "relay/jobs/proof_checks.hpp"
#include "relay/observability/logging.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/transaction_error.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace relay::jobs {

namespace {

bool is_about_the_proof(const solana::TransactionError& error) {
    return error.kind == solana::TransactionError::Kind::Custom &&
           solana::is_proof_fault(solana::describe_program_error(error.number).code);
}

} // namespace

ProofChecks::Verify verifier_of(const Circuit& circuit) {
    // Shared by the copies of one function.
    auto verifier = std::make_shared<const groth16::Verifier>(circuit.key);
    return
        [verifier = std::move(verifier), vkey = circuit.program_vkey](const PostedProof& posted) {
            return verifier->verify(posted.proof, vkey, groth16::input_of(posted.inputs));
        };
}

ProofGate::ProofGate(Settings settings, ProofChecks::Verify verify, Tools tools)
    : settings_(settings),
      tools_(tools),
      enforced_(tools.metrics.gauge("relay_proof_check_enforced",
                                    "1 while withdraws without a good proof are not accepted")) {
    if (!verify) {
        settings_.mode = Mode::Off;
    }
    enforced_.set(settings_.mode == Mode::Enforce ? 1 : 0);
    if (settings_.mode == Mode::Off) {
        return;
    }
    checks_ = std::make_unique<ProofChecks>(tools.clock, settings_.checks, std::move(verify),
                                            tools.metrics);
    for (const auto* result : {"same", "differ", "skipped"}) {
        comparisons(result);
    }
    for (const auto* result : {"refused", "taken", "unclear", "unanswered"}) {
        samples(result);
    }
}

base::Task<void> ProofGate::run() {
    for (;;) {
        if (mode() == Mode::Enforce) {
            co_await look_at_program();
        }
        co_await tools_.clock.sleep_for(settings_.interval);
    }
}

base::Task<void> ProofGate::look_at_program() {
    const auto deployed = co_await tools_.rpc.deployed_in(tools_.signer.plan().program);
    if (!deployed) {
        co_return;
    }
    const auto& told = *deployed;
    if (!told) {
        co_return; // it can never change
    }
    const auto slot = *told;
    const auto before = std::exchange(deployed_in_, std::max(slot, deployed_in_.value_or(slot)));
    if (before && slot > *before) { // an earlier one is the word of a node that is behind
        open("the program was deployed anew in slot " + std::to_string(slot.value));
    }
}

base::Task<ProofChecks::Verdict> ProofGate::admit(base::ClientKey client,
                                                  solana::Withdraw withdraw) {
    if (mode() != Mode::Enforce) {
        co_return ProofChecks::Verdict::Valid;
    }
    const auto verdict = co_await checks_->check(client, posted_proof(withdraw));
    if (mode() != Mode::Enforce) { // opened meanwhile
        co_return ProofChecks::Verdict::Valid;
    }
    if (verdict == ProofChecks::Verdict::Invalid) {
        sample(std::move(withdraw));
    }
    co_return verdict;
}

void ProofGate::sample(solana::Withdraw withdraw) {
    if (!comes_due(sampled_at_, settings_.between_samples)) {
        return;
    }
    tools_.tasks.spawn("simulate a withdraw that was not let in", simulate(std::move(withdraw)));
}

/// Whether the time since the last is up; then this is the last.
bool ProofGate::comes_due(std::optional<base::Clock::time_point>& last,
                          std::chrono::milliseconds between) const {
    const auto now = tools_.clock.now();
    if (last && now - *last < between) {
        return false;
    }
    last = now;
    return true;
}

// Only success, and faults that speak of the proof, say anything: of the others nobody knows
// whether the program looks for them before it looks at the proof.
base::Task<void> ProofGate::simulate(solana::Withdraw withdraw) {
    const auto simulation = co_await tools_.rpc.simulate(tools_.signer.draft(withdraw));
    if (!simulation) {
        samples("unanswered").add();
        co_return;
    }
    const auto& error = simulation->error;
    if (!error) {
        samples("taken").add();
        open("a node would have carried out a withdraw whose proof is not good here");
        co_return;
    }
    samples(is_about_the_proof(*error) ? "refused" : "unclear").add();
}

void ProofGate::open(const std::string& reason) {
    if (std::exchange(opened_, true)) {
        return;
    }
    enforced_.set(0);
    observability::log_warn(
        "proof_gate_opened",
        "proofs are checked no more before withdraws are accepted, until relayd is started anew: "
        "see whether RELAY_PROOF_KEY and RELAY_PROOF_PROGRAM_VKEY are the program's",
        {{"reason", reason}});
}

void ProofGate::judged(const solana::Withdraw& withdraw, bool taken) {
    // What was let in was found good: that the chain took it is no news.
    if (mode() == Mode::Off || (mode() == Mode::Enforce && taken)) {
        return;
    }
    if (!checks_->is_idle() || !comes_due(compared_at_, settings_.between_comparisons)) {
        comparisons("skipped").add();
        return;
    }
    tools_.tasks.spawn("compare a proof's check with the chain",
                       compare(posted_proof(withdraw), taken));
}

base::Task<void> ProofGate::compare(PostedProof proof, bool taken) {
    const auto verdict = co_await checks_->judge(proof);
    const auto now = tools_.clock.now();
    const bool found_good = verdict == groth16::Verdict::Valid;
    if (found_good == taken) {
        comparisons("same").add();
        differs_.over(now);
        co_return;
    }
    comparisons("differ").add();
    differs_.met(now, taken ? "the chain took a proof that is not good here"
                            : "the chain refused a proof that is good here");
}

observability::Counter ProofGate::comparisons(const char* result) {
    return tools_.metrics.counter("relay_proof_comparisons_total",
                                  "Ended jobs whose proof's check was compared with the chain",
                                  {{"result", result}});
}

observability::Counter ProofGate::samples(const char* result) {
    return tools_.metrics.counter(
        "relay_proof_samples_total",
        "Withdraws without a good proof that a node was asked to simulate, by its answer",
        {{"result", result}});
}

std::string_view to_string(ProofGate::Mode mode) {
    switch (mode) {
        case ProofGate::Mode::Off:
            return "off";
        case ProofGate::Mode::Observe:
            return "observe";
        case ProofGate::Mode::Enforce:
            return "enforce";
    }
    std::unreachable();
}

} // namespace relay::jobs
