#include "relay/jobs/compute_sizes.hpp"

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/compute_budget.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/transaction.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace relay::jobs {

namespace {

constexpr std::uint64_t kUnitStep = 10'000;

constexpr std::chrono::minutes kUnasked{10};

/// A quarter more than was taken, and up to the next step.
std::uint32_t with_margin(std::uint64_t taken, std::uint64_t step, std::uint32_t most) {
    const auto wanted = std::min<std::uint64_t>(taken, most) * 5 / 4;
    return static_cast<std::uint32_t>(
        std::clamp<std::uint64_t>((wanted + step - 1) / step * step, step, most));
}

} // namespace

ComputeSizes::ComputeSizes(Settings settings, solana::WithdrawPlan plan,
                           const solana::Pubkey& payer, Tools tools)
    : settings_(settings),
      plan_(std::move(plan)),
      payer_(payer),
      tools_(tools),
      one_call_(tools.clock.executor(), 1) {}

ComputeSizes::Entry& ComputeSizes::entry(const solana::Withdraw& withdraw) {
    return entries_.at(withdraw.outputs.size() - 1);
}

std::optional<ComputeSizes::Size> ComputeSizes::known(const solana::Withdraw& withdraw) {
    if (settings_.fixed) {
        return Size{*settings_.fixed, std::nullopt};
    }
    auto& kind = entry(withdraw);
    if (!kind.size) {
        return std::nullopt;
    }
    const auto now = tools_.clock.now();
    if (now - kind.asked_at >= settings_.refresh) {
        kind.asked_at = now;
        tools_.tasks.spawn("simulate a withdraw for its size", simulate(withdraw));
    }
    return kind.size;
}

base::Task<ComputeSizes::Size> ComputeSizes::find(solana::Withdraw withdraw) {
    auto size = known(withdraw);
    if (!size) {
        const auto permit = co_await one_call_.acquire();
        size = known(withdraw);
        if (!size) {
            co_await simulate(withdraw);
            size = known(withdraw);
        }
    }
    co_return size.value_or(Size{kSafeUnits, std::nullopt}); // none: found too small meanwhile
}

// Whoever told the size may tell it again: for a while nobody is asked.
void ComputeSizes::too_small(const solana::Withdraw& withdraw) {
    auto& kind = entry(withdraw);
    const auto now = tools_.clock.now();
    const bool was_raised = kind.asked_at > now + kUnasked - settings_.refresh;
    if (settings_.fixed || was_raised) { // by another one of those that asked for so little
        return;
    }
    const auto asked = kind.size ? kind.size->units : 0;
    kind.size = Size{std::clamp(asked * 3 / 2, kSafeUnits, kMost.units), std::nullopt};
    kind.asked_at = now + kUnasked;
}

// Only success tells how much it takes.
base::Task<void> ComputeSizes::simulate(solana::Withdraw withdraw) {
    auto& kind = entry(withdraw);
    kind.asked_at = tools_.clock.now();
    const solana::ComputeBudget budget{kMost.units, {}, kMost.loaded_bytes};
    const auto simulation = co_await tools_.rpc.simulate(
        solana::draft_transaction(payer_, solana::withdraw_instructions(plan_, budget, withdraw)));
    const bool succeeded = simulation && !simulation->error;
    const auto units = succeeded ? simulation->units : std::nullopt;
    if (!units) {
        kind.size = kind.size.value_or(Size{kSafeUnits, std::nullopt});
        co_return;
    }
    Size size{with_margin(*units, kUnitStep, kMost.units), std::nullopt};
    if (const auto bytes = simulation->loaded_bytes) {
        size.loaded_bytes = with_margin(*bytes, solana::kLoadedPage, solana::kMostLoadedBytes);
    }
    kind.size = size;
    tools_.metrics
        .gauge("relay_compute_units_asked", "Compute units that a transaction asks for",
               {{"outputs", std::to_string(withdraw.outputs.size())}})
        .set(size.units);
}

} // namespace relay::jobs
