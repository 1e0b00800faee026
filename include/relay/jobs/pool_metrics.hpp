#pragma once
// Tells of the pool's accounts as they were last read: in gauges, and in the log where a person
// should know. Absent until they were read.

#include "relay/base/clock.hpp"
#include "relay/jobs/pool_view.hpp"
#include "relay/observability/condition.hpp"
#include "relay/observability/freshness.hpp"
#include "relay/observability/logging.hpp"
#include "relay/observability/metrics.hpp"

#include <cstddef>

namespace relay::jobs {

class PoolMetrics {
  public:
    explicit PoolMetrics(observability::MetricsRegistry& metrics);

    void read(const PoolReading& reading, base::Clock::time_point now);
    void holds(std::size_t jobs) { held_.set(static_cast<double>(jobs)); }

  private:
    void tell_of_room(const solana::NullifierShard& shard, base::Clock::time_point now);

    observability::Gauge used_;
    observability::Gauge capacity_;
    observability::Gauge roots_;
    observability::Gauge balance_;
    observability::Gauge held_;
    observability::Freshness freshness_;
    observability::Condition unreadable_{
        {observability::log_warn, "pool_unreadable",
         "the pool's accounts are not as this relay knows them: nothing is concluded from them"},
        {"pool_readable", "the pool's accounts can be read again"}};
    observability::Condition nearly_full_{
        {observability::log_warn, "shard_nearly_full",
         "the nullifier shard has little room left: when it is full no withdraw can land"},
        {"shard_has_room", "the nullifier shard has room again"}};
    observability::Condition full_{
        {observability::log_error, "shard_full",
         "the nullifier shard is full: no withdraw can land, whoever sends it"},
        {"shard_not_full", "the nullifier shard takes nullifiers again"}};
};

} // namespace relay::jobs
