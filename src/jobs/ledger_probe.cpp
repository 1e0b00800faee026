#include "relay/jobs/ledger_probe.hpp"

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/jobs/batched_ledger.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/observability/metrics.hpp"

#include <boost/system/system_error.hpp>
#include <exception>
#include <optional>
#include <string>
#include <utility>

namespace relay::jobs {

LedgerProbe::LedgerProbe(base::Clock& clock, Settings settings, base::TaskGroup& writes,
                         BatchedLedger& ledger, observability::MetricsRegistry& metrics)
    : clock_(clock),
      settings_(settings),
      writes_(writes),
      ledger_(ledger),
      answered_(clock.executor()),
      writable_(metrics.gauge("relay_postgres_writable",
                              "1 while a withdraw can be written to Postgres and committed")) {}

base::Task<void> LedgerProbe::run() {
    for (;;) {
        if (!std::exchange(under_way_, true)) {
            writes_.spawn("probe the ledger", ask());
        }
        const auto deadline = clock_.after(settings_.limit);
        while (under_way_ && clock_.now() < deadline) {
            co_await answered_.wait_for(clock_, deadline - clock_.now());
        }
        if (under_way_) {
            note("postgres: a write was not committed within " +
                     std::to_string(settings_.limit.count()) + " ms",
                 false);
        }
        co_await clock_.sleep_for(settings_.interval);
    }
}

base::Task<void> LedgerProbe::ask() {
    const auto began = clock_.now();
    std::optional<std::string> trouble;
    bool refused = false;
    try {
        co_await ledger_.probe();
    } catch (const boost::system::system_error&) {
        under_way_ = false;
        throw; // cancelled
    } catch (const LedgerRefusal& refusal) {
        trouble = refusal.what();
        refused = true;
    } catch (const std::exception& error) { // whatever it is, a withdraw would meet it too
        trouble = error.what();
    }
    under_way_ = false;
    // One that came too late keeps what was said of it meanwhile.
    if (trouble || clock_.now() - began <= settings_.limit) {
        note(std::move(trouble), refused);
    }
    answered_.notify();
}

void LedgerProbe::note(std::optional<std::string> trouble, bool refused) {
    refused_ = refused;
    if (trouble) {
        not_writable_.met(clock_.now(), *trouble);
    } else {
        not_writable_.over(clock_.now());
    }
    trouble_ = std::move(trouble);
    writable_.set(trouble_ ? 0 : 1);
}

} // namespace relay::jobs
