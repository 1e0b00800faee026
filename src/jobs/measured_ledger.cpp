#include "relay/jobs/measured_ledger.hpp"

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/observability/freshness.hpp"
#include "relay/observability/in_flight.hpp"
#include "relay/observability/metrics.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace relay::jobs {

namespace {

using std::chrono::milliseconds;

/// The metrics of one kind of call.
struct Meter {
    observability::Durations seconds;
    observability::Counter failures;
};

/// From its making to its end, however the call ends.
class Timing {
  public:
    Timing(base::Clock& clock, Meter meter) : clock_(clock), meter_(meter) {}
    ~Timing() {
        meter_.seconds.observe(clock_.now() - began_);
        if (!succeeded_) {
            meter_.failures.add();
        }
    }
    Timing(const Timing&) = delete;
    Timing& operator=(const Timing&) = delete;

    void succeeded() { succeeded_ = true; }

  private:
    base::Clock& clock_;
    Meter meter_;
    base::Clock::time_point began_ = clock_.now();
    bool succeeded_ = false;
};

class MeasuredLedger final : public Ledger {
  public:
    MeasuredLedger(base::Clock& clock, Ledger& ledger, observability::MetricsRegistry& metrics)
        : clock_(clock), ledger_(ledger), metrics_(metrics) {}

    base::Task<std::vector<InsertOutcome>> insert(std::vector<NewJob> jobs) override {
        return timed(insert_, ledger_.insert(std::move(jobs)));
    }
    base::Task<std::vector<Job>> claim(std::vector<JobId> ids, milliseconds lease) override {
        return timed(claim_, ledger_.claim(std::move(ids), lease));
    }
    base::Task<std::vector<Job>> claim_due(std::size_t limit, milliseconds lease) override {
        return timed(claim_due_, ledger_.claim_due(limit, lease));
    }
    base::Task<std::vector<bool>> save_transactions(std::vector<TransactionWrite> writes) override {
        return timed(save_transactions_, ledger_.save_transactions(std::move(writes)));
    }
    base::Task<std::vector<bool>> renew(std::vector<Claim> claims, milliseconds lease) override {
        return timed(renew_, ledger_.renew(std::move(claims), lease));
    }
    base::Task<std::vector<bool>> complete(std::vector<Completion> completions) override {
        return timed(complete_, ledger_.complete(std::move(completions)));
    }
    base::Task<std::vector<bool>> give_back(std::vector<GiveBack> give_backs) override {
        return timed(give_back_, ledger_.give_back(std::move(give_backs)));
    }
    base::Task<std::vector<bool>> fail(std::vector<Failure> failures) override {
        return timed(fail_, ledger_.fail(std::move(failures)));
    }
    base::Task<std::vector<std::optional<JobView>>> find(std::vector<JobId> ids) override {
        return timed(find_, ledger_.find(std::move(ids)));
    }
    base::Task<std::vector<std::optional<InsertOutcome>>> find_holders(
        std::vector<NewJob> jobs) override {
        return timed(find_holders_, ledger_.find_holders(std::move(jobs)));
    }
    base::Task<std::vector<bool>> hurry(std::vector<Hurry> hurries) override {
        return timed(hurry_, ledger_.hurry(std::move(hurries)));
    }
    base::Task<std::vector<DueJob>> due_times(std::vector<JobId> ids) override {
        return timed(due_times_, ledger_.due_times(std::move(ids)));
    }
    base::Task<WalkPage> walk(WalkPosition from, std::size_t limit) override {
        return timed(walk_, ledger_.walk(std::move(from), limit));
    }
    base::Task<JobCounts> count() override { return timed(count_, ledger_.count()); }
    base::Task<DeadLetterPage> walk_dead_letters(DeadLetterPosition from,
                                                 std::size_t limit) override {
        return timed(walk_dead_letters_, ledger_.walk_dead_letters(std::move(from), limit));
    }
    base::Task<void> probe() override { return timed(probe_, ledger_.probe()); }
    base::Task<std::vector<Payment>> not_final(std::size_t limit) override {
        return timed(not_final_, ledger_.not_final(limit));
    }
    base::Task<std::vector<bool>> settle(std::vector<Payment> payments) override {
        return timed(settle_, ledger_.settle(std::move(payments)));
    }
    base::Task<std::vector<bool>> reopen(std::vector<Reopening> reopenings) override {
        return timed(reopen_, ledger_.reopen(std::move(reopenings)));
    }

  private:
    template <class T>
    base::Task<T> timed(Meter meter, base::Task<T> call) {
        const auto entry = in_flight_.enter();
        Timing timing(clock_, meter);
        if constexpr (std::is_void_v<T>) {
            co_await std::move(call);
            succeeded(timing);
        } else {
            auto answer = co_await std::move(call);
            succeeded(timing);
            co_return answer;
        }
    }

    void succeeded(Timing& timing) {
        timing.succeeded();
        postgres_.read_well();
    }

    Meter meter(const char* kind) {
        return {
            metrics_.durations("relay_ledger_call_seconds",
                               "Time of ledger calls, waiting for a connection included",
                               {{"kind", kind}}),
            metrics_.counter("relay_ledger_failures_total",
                             "Ledger calls that failed, whatever the reason", {{"kind", kind}})};
    }

    base::Clock& clock_;
    Ledger& ledger_;
    observability::MetricsRegistry& metrics_;
    observability::Freshness postgres_{metrics_, "postgres"};
    observability::InFlight in_flight_{metrics_, "relay_ledger_calls_in_flight",
                                       "Ledger calls that run or wait for a connection"};
    Meter insert_ = meter("insert");
    Meter claim_ = meter("claim");
    Meter claim_due_ = meter("claim_due");
    Meter save_transactions_ = meter("save_transactions");
    Meter renew_ = meter("renew");
    Meter complete_ = meter("complete");
    Meter give_back_ = meter("give_back");
    Meter fail_ = meter("fail");
    Meter find_ = meter("find");
    Meter find_holders_ = meter("find_holders");
    Meter hurry_ = meter("hurry");
    Meter due_times_ = meter("due_times");
    Meter walk_ = meter("walk");
    Meter count_ = meter("count");
    Meter walk_dead_letters_ = meter("walk_dead_letters");
    Meter probe_ = meter("probe");
    Meter not_final_ = meter("not_final");
    Meter settle_ = meter("settle");
    Meter reopen_ = meter("reopen");
};

} // namespace

std::unique_ptr<Ledger> measured(base::Clock& clock, Ledger& ledger,
                                 observability::MetricsRegistry& metrics) {
    return std::make_unique<MeasuredLedger>(clock, ledger, metrics);
}

} // namespace relay::jobs
