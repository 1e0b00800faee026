#include "relay/jobs/chain_watch.hpp"

#include "relay/base/clock.hpp"
#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/batched_ledger.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/pool_view.hpp"
#include "relay/observability/logging.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/units.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relay::jobs {

namespace {

/// Roots that came after it, among the 64 places of the ring.
constexpr std::size_t kNearlyOut = 48;

/// A job that is still held so long after it was given back was claimed since, here or elsewhere.
constexpr std::chrono::seconds kHeldAtMost{60};

JobError program_error(std::uint32_t number) {
    const auto known = solana::describe_program_error(number);
    return {std::string(known.code), std::string(known.message)};
}

} // namespace

ChainWatch::ChainWatch(Settings settings, const solana::WithdrawPlan& plan, Tools tools)
    : settings_(settings),
      tools_(tools),
      plan_(plan),
      view_(settings.good_for),
      metrics_(tools.metrics),
      wake_(tools.clock.executor()) {}

base::Task<void> ChainWatch::run() {
    for (;;) {
        const auto began = tools_.clock.now();
        co_await look();
        co_await compare();
        co_await release();
        if (tools_.clock.now() >= minimum_due_) {
            co_await read_minimum();
        }
        co_await wake_.wait_for(tools_.clock, pause());
        // A waker is heard, and no look follows another at a faster pace.
        const auto pace = std::max(settings_.busy_interval, tools_.rpc.slot_time());
        const auto left = began + pace - tools_.clock.now();
        if (left > std::chrono::nanoseconds(0)) {
            co_await tools_.clock.sleep_for(left);
        }
    }
}

bool ChainWatch::is_busy() const {
    return !held_.empty() || tools_.clock.now() - last_work_ < settings_.work_lasts;
}

std::chrono::nanoseconds ChainWatch::pause() const {
    return is_busy() ? std::max(settings_.busy_interval, tools_.rpc.slot_time())
                     : settings_.idle_interval;
}

void ChainWatch::note_work() {
    const bool was_busy = is_busy();
    last_work_ = tools_.clock.now();
    if (!was_busy) {
        wake_.notify();
    }
}

base::Task<void> ChainWatch::look() {
    auto report = co_await tools_.rpc.accounts(pool_addresses(plan_.accounts));
    if (!report) {
        co_return; // the chain monitor tells of outages
    }
    const auto now = tools_.clock.now();
    if (view_.learn(read_pool(std::move(*report), plan_.program), now)) {
        metrics_.read(view_.newest(), now);
    }
}

/// One node must not keep a withdraw waiting that the others would let go.
base::Task<void> ChainWatch::compare() {
    const auto now = tools_.clock.now();
    if (held_.empty() || now - last_comparison_ < settings_.comparison_interval) {
        co_return;
    }
    last_comparison_ = now;
    auto reports =
        co_await tools_.rpc.agreed_accounts(pool_addresses(plan_.accounts), rpc::AccountData::Read);
    if (!reports) {
        co_return;
    }
    const auto until = tools_.clock.now() + settings_.good_for;
    std::erase_if(disputed_, [&](const auto& entry) { return entry.second <= now; });
    disputed_balance_ = {0};
    disputed_balance_until_ = until;
    for (auto& report : *reports) {
        const auto reading = read_pool(std::move(report), plan_.program);
        disputed_balance_ =
            std::max(disputed_balance_, reading.balance.value_or(solana::Lamports{0}));
        for (const auto& [id, held] : held_) {
            if (reading.ring && reading.ring->holds(held.root)) {
                disputed_[held.root] = until;
            }
        }
    }
}

std::optional<JobError> ChainWatch::lacks(const solana::Hash& root, solana::Lamports amount) const {
    const auto now = tools_.clock.now();
    const auto disputed = disputed_.find(root);
    const auto* ring = view_.ring(now);
    if (ring != nullptr && !ring->holds(root) &&
        (disputed == disputed_.end() || disputed->second <= now)) {
        return program_error(solana::kRootNotFound);
    }
    const auto balance = view_.balance(now);
    const auto most = now < disputed_balance_until_ ? disputed_balance_ : solana::Lamports{0};
    if (balance && std::max(*balance, most) < amount) {
        return program_error(solana::kPoolShort);
    }
    return std::nullopt;
}

bool ChainWatch::leaves_soon(const solana::Hash& root) const {
    const auto* ring = view_.ring(tools_.clock.now());
    return ring != nullptr && ring->newer_than(root).value_or(0) >= kNearlyOut;
}

bool ChainWatch::seems_spent(const solana::Hash& nullifier) const {
    const auto* shard = view_.shard(tools_.clock.now());
    return shard != nullptr && shard->holds(nullifier);
}

base::Task<void> ChainWatch::read_minimum() {
    const auto lamports = co_await tools_.rpc.minimum_balance();
    const auto now = tools_.clock.now();
    minimum_due_ = now + std::min(settings_.minimum_interval, settings_.idle_interval);
    if (lamports) {
        minimum_ = Minimum{*lamports, now};
        minimum_due_ = now + settings_.minimum_interval;
    }
}

void ChainWatch::hold(const Job& job, std::string code) {
    held_[job.id] = {job.withdraw.root, job.withdraw.amount, std::move(code), tools_.clock.now()};
    metrics_.holds(held_.size());
}

/// What is over for them now was not when they were given back.
base::Task<void> ChainWatch::release() {
    const auto now = tools_.clock.now();
    std::vector<Hurry> hurries;
    const bool is_known = view_.ring(now) != nullptr;
    for (const auto& [id, held] : held_) {
        if (is_known && hurries.size() < kRowsAtOnce && !lacks(held.root, held.amount)) {
            hurries.push_back({id, held.code});
        }
    }
    std::erase_if(held_, [&](const auto& entry) { return now - entry.second.since > kHeldAtMost; });
    if (!hurries.empty()) {
        try {
            const auto hurried = co_await tools_.ledger.hurry(hurries);
            for (std::size_t index = 0; index < hurries.size(); ++index) {
                held_.erase(hurries[index].id);
                if (hurried[index]) {
                    tools_.schedule.note({hurries[index].id, std::chrono::milliseconds(0)});
                }
            }
        } catch (const base::Outage& outage) {
            // They are due before long by themselves.
            observability::log_debug("jobs_not_hurried", "jobs could not be made due at once",
                                     {{"jobs", hurries.size()}, {"reason", outage.what()}});
        }
    }
    metrics_.holds(held_.size());
}

} // namespace relay::jobs
