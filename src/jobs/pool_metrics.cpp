#include "relay/jobs/pool_metrics.hpp"

#include "relay/base/clock.hpp"
#include "relay/jobs/pool_view.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/solana/pool_state.hpp"

#include <cstddef>
#include <string>

namespace relay::jobs {

namespace {

/// With less than this part of its room left, the shard's operator must act.
constexpr std::size_t kLittleRoom = 10;

} // namespace

PoolMetrics::PoolMetrics(observability::MetricsRegistry& metrics)
    : used_(metrics.gauge("relay_shard_used",
                          "Nullifiers in the pool's shard; of the fleet: max, not sum")),
      capacity_(metrics.gauge(
          "relay_shard_capacity",
          "Nullifiers that the pool's shard has room for; of the fleet: max, not sum")),
      roots_(metrics.gauge("relay_pool_roots",
                           "Roots in the pool's ring; of the fleet: max, not sum")),
      balance_(metrics.gauge("relay_pool_balance_lamports",
                             "The pool's balance; of the fleet: max, not sum")),
      held_(metrics.gauge("relay_jobs_held",
                          "Withdraws given back here that wait for a root or the pool's balance")),
      freshness_(metrics, "pool") {
    held_.set(0);
}

void PoolMetrics::read(const PoolReading& reading, base::Clock::time_point now) {
    if (reading.trouble.empty()) {
        freshness_.read_well();
        unreadable_.over(now);
    } else {
        unreadable_.met(now, reading.trouble);
    }
    if (reading.ring) {
        roots_.set(static_cast<double>(reading.ring->roots()));
    }
    if (reading.balance) {
        balance_.set(static_cast<double>(reading.balance->value));
    }
    if (reading.shard) {
        used_.set(static_cast<double>(reading.shard->used()));
        capacity_.set(static_cast<double>(reading.shard->capacity()));
        tell_of_room(*reading.shard, now);
    }
}

void PoolMetrics::tell_of_room(const solana::NullifierShard& shard, base::Clock::time_point now) {
    const auto room = shard.capacity() - shard.used();
    const auto words =
        std::to_string(shard.used()) + " of " + std::to_string(shard.capacity()) + " are used";
    if (room * kLittleRoom < shard.capacity()) {
        nearly_full_.met(now, words);
    } else {
        nearly_full_.over(now);
    }
    if (room == 0) {
        full_.met(now, words);
    } else {
        full_.over(now);
    }
}

} // namespace relay::jobs
