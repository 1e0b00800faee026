#include "relay/jobs/chain_monitor.hpp"

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/blockhash_cache.hpp"
#include "relay/rpc/rpc.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>

namespace relay::jobs {

namespace {

constexpr std::chrono::seconds kLimitedForLong{2};
constexpr std::chrono::seconds kWhileLimited{1};

} // namespace

ChainMonitor::ChainMonitor(base::Clock& clock, Settings settings, rpc::SolanaRpc& rpc,
                           rpc::BlockhashCache& blockhashes,
                           observability::MetricsRegistry& metrics, base::WakeUp& usable)
    : clock_(clock),
      settings_(settings),
      rpc_(rpc),
      blockhashes_(blockhashes),
      usable_(usable),
      balance_gauge_(metrics.gauge(
          "relay_payer_balance_lamports",
          "The fee payer's balance when it was last read; of the fleet: max, not sum")),
      up_gauge_(metrics.gauge("relay_rpc_up", "1 while the Solana RPC can be used")),
      wake_(clock.executor()),
      breaker_({.first_pause = std::chrono::milliseconds(500),
                .longest_pause = std::chrono::milliseconds(5'000)}) {}

base::Task<void> ChainMonitor::run() {
    for (;;) {
        co_await probe();
        co_await wake_.wait_for(clock_, pause());
    }
}

bool ChainMonitor::limited() const {
    return limited_since_ && clock_.now() - *limited_since_ >= kLimitedForLong;
}

std::chrono::nanoseconds ChainMonitor::pause() const {
    if (limited_since_) {
        return std::min<std::chrono::nanoseconds>(settings_.interval, kWhileLimited);
    }
    if (breaker_.is_closed()) {
        return settings_.interval;
    }
    const auto left = breaker_.retry_at() - clock_.now();
    return std::max<std::chrono::nanoseconds>(left, std::chrono::milliseconds(50));
}

base::Task<void> ChainMonitor::probe() {
    if (!breaker_.try_acquire(clock_.now())) {
        co_return;
    }
    const bool was_usable = !rpc_trouble_ && !payer_low();
    const auto blockhash = co_await blockhashes_.refresh();
    const bool is_limited = !blockhash && blockhash.error().kind == rpc::RpcError::Kind::Limited;
    if (!is_limited) {
        limited_since_.reset();
        slowed_.over(clock_.now());
    } else if (!limited_since_) {
        limited_since_ = clock_.now();
    }
    if (limited()) {
        slowed_.met(clock_.now(), blockhash.error().message);
    }
    if (!blockhash && !is_limited) {
        shut(blockhash.error().message);
        co_return;
    }
    const auto balance = co_await rpc_.balance(settings_.payer);
    if (balance) {
        balance_ = *balance;
        tell_of_balance(*balance);
        balance_gauge_.set(static_cast<double>(balance->value));
    }
    rpc_trouble_.reset();
    away_.over(clock_.now());
    if (!sends_failed_) {
        breaker_.succeeded();
    }
    up_gauge_.set(1);
    if (!was_usable && !payer_low()) {
        usable_.notify();
    }
}

void ChainMonitor::tell_of_balance(solana::Lamports balance) {
    if (payer_low()) {
        payer_low_.met(clock_.now(), settings_.payer.to_string() + " has " +
                                         std::to_string(balance.value) + " lamports, less than " +
                                         std::to_string(settings_.min_balance.value));
    } else {
        payer_low_.over(clock_.now());
    }
}

ChainMonitor::Claiming ChainMonitor::claiming() const {
    if (rpc_trouble_ || payer_low()) {
        return Claiming::None;
    }
    return sends_failed_ ? Claiming::OneAtATime : Claiming::Any;
}

std::size_t ChainMonitor::allowed(std::size_t wanted) {
    switch (claiming()) {
        case Claiming::None:
            return 0;
        case Claiming::OneAtATime: {
            const auto now = clock_.now();
            if (now < next_trial_ || wanted == 0) {
                return 0;
            }
            next_trial_ = now + settings_.trial_interval;
            return 1;
        }
        case Claiming::Any:
            return wanted;
    }
    std::unreachable();
}

void ChainMonitor::report_sent() {
    if (sends_failed_) {
        sends_failed_ = false;
        breaker_.succeeded();
        usable_.notify();
    }
}

void ChainMonitor::report_outage(const std::string& reason) {
    sends_failed_ = true; // a good probe is then no proof: one job must try
    shut(reason);
    wake_.notify();
}

void ChainMonitor::shut(const std::string& reason) {
    away_.met(clock_.now(), reason);
    rpc_trouble_ = reason;
    up_gauge_.set(0);
    breaker_.failed(clock_.now());
}

} // namespace relay::jobs
