#include "relay/jobs/price_watch.hpp"

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/price_view.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/units.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relay::jobs {

PriceWatch::PriceWatch(Settings settings, std::vector<solana::Pubkey> contended, base::Clock& clock,
                       rpc::SolanaRpc& rpc, observability::MetricsRegistry& metrics)
    : settings_(settings),
      contended_(std::move(contended)),
      clock_(clock),
      rpc_(rpc),
      metrics_(metrics),
      view_(settings.rules),
      wake_(clock.executor()),
      has_looked_(settings.rules.fixed.has_value()),
      first_look_(clock.executor(), 1),
      above_cap_(metrics.gauge("relay_compute_unit_price_above_cap",
                               "1 while withdraws wait for a price that the operator pays")),
      bid_(metrics.gauge("relay_compute_unit_price_bid",
                         "Micro-lamports a compute unit that the latest transaction bids")) {}

base::Task<void> PriceWatch::run() {
    if (settings_.rules.fixed) {
        co_return;
    }
    for (;;) {
        co_await look();
        const auto pace = std::max(settings_.busy_interval, 2 * rpc_.slot_time());
        const auto looked = clock_.now();
        if (!is_busy()) {
            co_await wake_.wait_for(clock_, settings_.idle_interval);
        }
        const auto left = looked + pace - clock_.now();
        if (left > std::chrono::nanoseconds(0)) {
            co_await clock_.sleep_for(left);
        }
    }
}

base::Task<void> PriceWatch::look() {
    const auto prices = co_await rpc_.recent_prices(contended_);
    const auto now = clock_.now();
    has_looked_ = true;
    if (prices) {
        view_.learn(*prices, now);
        unknown_.over(now);
    } else if (prices.error().kind == rpc::RpcError::Kind::Unsupported) {
        unknown_.met(now, prices.error().message); // the chain monitor tells of outages
    }
    if (const auto market = view_.market(now)) {
        metrics_
            .gauge("relay_compute_unit_price_market",
                   "Micro-lamports a compute unit that got into three of the last four blocks")
            .set(static_cast<double>(market->value));
    }
    const bool is_dear = view_.is_above_cap(now);
    above_cap_.set(is_dear ? 1 : 0);
    if (is_dear) {
        dear_.met(now, "the market asks for " +
                           std::to_string(view_.market(now).value_or(solana::UnitPrice{}).value) +
                           " micro-lamports");
    } else {
        dear_.over(now);
    }
}

bool PriceWatch::is_busy() const {
    return clock_.now() - last_work_ < settings_.work_lasts;
}

void PriceWatch::note_work() {
    const bool was_busy = is_busy();
    last_work_ = clock_.now();
    if (!was_busy) {
        wake_.notify();
    }
}

base::Task<std::optional<solana::UnitPrice>> PriceWatch::bid(
    std::optional<solana::UnitPrice> expired) {
    if (!has_looked_) {
        const auto permit = co_await first_look_.acquire();
        if (!has_looked_) {
            co_await look();
        }
    }
    co_return bid_now(expired);
}

std::optional<solana::UnitPrice> PriceWatch::bid_now(std::optional<solana::UnitPrice> expired) {
    note_work();
    const auto now = clock_.now();
    if (!has_looked_ || view_.is_above_cap(now)) {
        return std::nullopt;
    }
    const auto price = view_.bid(expired, now);
    bid_.set(static_cast<double>(price.value));
    return price;
}

} // namespace relay::jobs
