#pragma once
// Whether the ledger takes writes, asked by writing, again and again. A ledger that answers may yet
// refuse: a standby, a missing right or table, a full disk. Nothing that only reads would see it.
//
// A probe that does not end in time counts as refused, however it ends: a commit may wait for a
// standby for as long as that is away. It is left to its own end, and no second one begins before.

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/jobs/batched_ledger.hpp"
#include "relay/observability/condition.hpp"
#include "relay/observability/logging.hpp"
#include "relay/observability/metrics.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace relay::jobs {

class LedgerProbe {
  public:
    /// Together less than the two seconds within which health is to know.
    struct Settings {
        std::chrono::milliseconds interval{500};
        std::chrono::milliseconds limit{1'300};
    };

    /// `writes` runs the probes: joined, never cancelled, before this object dies.
    LedgerProbe(base::Clock& clock, Settings settings, base::TaskGroup& writes,
                BatchedLedger& ledger, observability::MetricsRegistry& metrics);

    /// Probes at the interval; ends by cancellation only.
    base::Task<void> run();

    /// Why withdraws cannot be committed; none while they can.
    const std::optional<std::string>& trouble() const { return trouble_; }
    /// The trouble is a refusal: some write of a withdraw, if not its first, cannot be made.
    bool is_refused() const { return trouble_ && refused_; }

  private:
    base::Task<void> ask();
    void note(std::optional<std::string> trouble, bool refused);

    base::Clock& clock_;
    Settings settings_;
    base::TaskGroup& writes_;
    BatchedLedger& ledger_;
    base::WakeUp answered_;
    observability::Gauge writable_;
    bool under_way_ = false;
    std::optional<std::string> trouble_ = "postgres: not asked yet";
    bool refused_ = false;
    observability::Condition not_writable_{
        {observability::log_error, "ledger_not_writable",
         "no withdraw is accepted: postgres takes no writes"},
        {"ledger_writable", "postgres takes writes again; withdraws are accepted"}};
};

} // namespace relay::jobs
