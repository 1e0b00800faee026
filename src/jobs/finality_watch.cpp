#include "relay/jobs/finality_watch.hpp"

#include "relay/base/clock.hpp"
#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/batched_ledger.hpp"
#include "relay/jobs/best_effort_schedule.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/observability/logging.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/rpc.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relay::jobs {

FinalityWatch::FinalityWatch(base::Clock& clock, Settings settings, BatchedLedger& ledger,
                             rpc::SolanaRpc& rpc, BestEffortSchedule& schedule,
                             observability::MetricsRegistry& metrics)
    : clock_(clock),
      settings_(settings),
      ledger_(ledger),
      rpc_(rpc),
      schedule_(schedule),
      vanished_(metrics.counter("relay_payments_vanished_total",
                                "Completed payments that the chain took back")) {}

base::Task<void> FinalityWatch::run() {
    for (;;) {
        std::string failure;
        try {
            co_await look();
        } catch (const base::Outage& outage) {
            failure = outage.what();
        }
        if (!failure.empty()) {
            observability::log_debug("payments_not_checked",
                                     "payments could not be looked at again",
                                     {{"reason", failure}});
        }
        co_await clock_.sleep_for(settings_.interval);
    }
}

base::Task<void> FinalityWatch::look() {
    const auto payments = co_await ledger_.not_final(rpc::kMaxSignaturesPerCall);
    if (payments.empty()) {
        co_return;
    }
    std::vector<rpc::Question> questions;
    questions.reserve(payments.size());
    for (const auto& payment : payments) {
        questions.push_back(
            {payment.signature, payment.last_valid_block_height, payment.age, std::nullopt});
    }
    const auto findings = co_await rpc_.look_into(std::move(questions));
    if (!findings) {
        co_return; // the chain cannot be asked; the monitor says so
    }
    std::vector<Payment> final_now;
    std::vector<Reopening> vanished;
    for (std::size_t index = 0; index < payments.size(); ++index) {
        const auto& finding = (*findings)[index];
        const auto& payment = payments[index];
        const bool failed = finding.status && finding.status->final && finding.status->error;
        if (finding.absent || failed) {
            vanished.push_back({payment.id,
                                payment.signature,
                                {"payment_vanished", "the chain took the payment back"}});
        } else if (finding.status && finding.status->final) {
            final_now.push_back(payment);
        }
    }
    if (!final_now.empty()) {
        co_await ledger_.settle(std::move(final_now));
    }
    if (!vanished.empty()) {
        co_await reopen(std::move(vanished));
    }
}

base::Task<void> FinalityWatch::reopen(std::vector<Reopening> vanished) {
    const auto reopened = co_await ledger_.reopen(vanished);
    for (std::size_t index = 0; index < vanished.size(); ++index) {
        if (!reopened[index]) {
            continue; // another relay was first
        }
        vanished_.add();
        schedule_.note({vanished[index].id, std::chrono::milliseconds(0)});
        observability::log_error(
            "payment_vanished",
            "a completed payment has vanished from the chain: its job is taken up again",
            {{"job", vanished[index].id}, {"sig", vanished[index].signature}});
    }
}

} // namespace relay::jobs
