#include "relay/rpc/confirmation.hpp"

#include "relay/base/encoding.hpp"
#include "relay/base/signal.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/units.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <expected>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relay::rpc {

Fate fate_of(const solana::SavedTransaction& transaction,
             const std::optional<SignatureStatus>& status, solana::BlockHeight height) {
    Fate fate;
    fate.kind = Fate::Kind::Live;
    fate.signature = transaction.signature;
    if (status && status->committed) {
        fate.kind = status->error ? Fate::Kind::Failed : Fate::Kind::Landed;
        fate.slot = status->slot;
        fate.error = status->error;
    } else if (!status && height > transaction.last_valid_block_height) {
        fate.kind = Fate::Kind::Expired;
    }
    return fate;
}

/// One transaction somebody waits for. Stands in `watched_` as long as the waiter lives.
struct ConfirmationTracker::Watched {
    ConfirmationTracker& tracker;
    solana::SavedTransaction transaction;
    base::OneShot<Fate> fate;
    Clock::time_point since = Clock::now();
    Clock::time_point sent_at = since;
    bool seen = false;
    bool accepted = false;

    Watched(ConfirmationTracker& owner, solana::SavedTransaction saved)
        : tracker(owner), transaction(std::move(saved)), fate(owner.tasks_.executor()) {
        tracker.watched_.emplace(transaction.signature, this);
    }
    ~Watched() { leave(); }
    Watched(const Watched&) = delete;
    Watched& operator=(const Watched&) = delete;

    void leave() {
        auto [entry, end] = tracker.watched_.equal_range(transaction.signature);
        while (entry != end) {
            entry = entry->second == this ? tracker.watched_.erase(entry) : std::next(entry);
        }
    }

    void settle(Fate outcome) {
        leave();
        fate.set(std::move(outcome));
    }
};

ConfirmationTracker::ConfirmationTracker(base::TaskGroup& tasks, SolanaRpc& rpc, Policy policy)
    : tasks_(tasks),
      rpc_(rpc),
      policy_(policy),
      arrivals_(tasks.executor()),
      look_ups_(tasks, "signature look-ups",
                {.largest_batch = kMaxSignaturesPerCall, .batches_under_way = 2},
                [this](std::vector<solana::Signature> signatures) {
                    return look_up(std::move(signatures));
                }) {}

base::Task<std::vector<RpcResult<ConfirmationTracker::Standing>>> ConfirmationTracker::look_up(
    std::vector<solana::Signature> signatures) {
    const auto count = signatures.size();
    auto answer = co_await rpc_.expiry_report(std::move(signatures));
    std::vector<RpcResult<Standing>> standings;
    standings.reserve(count);
    for (std::size_t index = 0; index < count; ++index) {
        if (answer) {
            standings.emplace_back(Standing{answer->report.statuses[index], answer->height});
        } else {
            standings.emplace_back(std::unexpected(answer.error()));
        }
    }
    co_return standings;
}

base::Task<Fate> ConfirmationTracker::ask(solana::SavedTransaction transaction) {
    const auto standing = co_await look_ups_.submit(transaction.signature);
    if (!standing) {
        Fate fate;
        fate.reason = standing.error().message;
        co_return fate;
    }
    auto fate = fate_of(transaction, standing->status, standing->height);
    fate.accepted = true; // before this claim: nobody here knows better
    co_return fate;
}

base::Task<RpcResult<std::optional<std::pair<solana::Signature, solana::Slot>>>>
ConfirmationTracker::find_landed(std::vector<solana::Signature> signatures) {
    std::optional<std::pair<solana::Signature, solana::Slot>> landed;
    for (const auto& signature : signatures) {
        const auto standing = co_await look_ups_.submit(signature);
        if (!standing) {
            co_return std::unexpected(standing.error());
        }
        const auto& status = standing->status;
        if (status && status->committed && !status->error) {
            landed.emplace(signature, status->slot);
        }
    }
    co_return landed;
}

base::Task<Fate> ConfirmationTracker::wait(solana::SavedTransaction transaction) {
    if (watched_.empty()) {
        answered_at_ = Clock::now(); // the silence before we had a question does not count
    }
    Watched watched(*this, std::move(transaction));
    arrivals_.notify();
    co_return co_await watched.fate.get();
}

base::Task<void> ConfirmationTracker::run() {
    for (;;) {
        while (watched_.empty()) {
            co_await arrivals_.wait();
        }
        co_await base::sleep_for(policy_.poll_interval);
        // Not in the condition itself: g++ 12 then lays out the coroutine's frame wrongly.
        const bool answered = co_await poll_statuses();
        if (answered) {
            co_await check_expiries();
            resend_unseen();
        } else {
            give_up_if_unanswered();
        }
    }
}

base::Task<bool> ConfirmationTracker::poll_statuses() {
    std::vector<solana::Signature> all;
    all.reserve(watched_.size());
    for (const auto& [signature, watched] : watched_) {
        all.push_back(signature);
    }
    for (std::size_t start = 0; start < all.size(); start += kMaxSignaturesPerCall) {
        const auto first = all.begin() + static_cast<std::ptrdiff_t>(start);
        const auto count = std::min(kMaxSignaturesPerCall, all.size() - start);
        const std::vector<solana::Signature> chunk(first,
                                                   first + static_cast<std::ptrdiff_t>(count));
        const auto report = co_await rpc_.signature_statuses(chunk);
        if (!report) {
            last_failure_ = report.error().message;
            co_return false; // the next poll asks again
        }
        answered_at_ = Clock::now();
        for (std::size_t index = 0; index < chunk.size(); ++index) {
            const auto found = watched_.find(chunk[index]);
            const auto& status = report->statuses[index];
            if (found == watched_.end()) {
                continue;
            }
            Watched& watched = *found->second;
            watched.seen = status.has_value(); // a fork can take back what was seen
            if (!status) {
                continue;
            }
            // A status at hand says nothing of heights: only landed and failed can come of it.
            auto fate = fate_of(watched.transaction, status, solana::BlockHeight{0});
            if (fate.kind != Fate::Kind::Live) {
                watched.settle(std::move(fate));
            }
        }
    }
    co_return true;
}

std::vector<solana::Signature> ConfirmationTracker::unseen_for(
    std::chrono::milliseconds age) const {
    const auto now = Clock::now();
    std::vector<solana::Signature> unseen;
    for (const auto& [signature, watched] : watched_) {
        if (now - watched->since >= age) {
            unseen.push_back(signature);
        }
    }
    return unseen;
}

base::Task<void> ConfirmationTracker::check_expiries() {
    const auto now = Clock::now();
    auto suspects = unseen_for(policy_.expiry_interval);
    if (suspects.empty() || now - expiries_checked_at_ < policy_.expiry_interval) {
        co_return;
    }
    expiries_checked_at_ = now;
    const auto height = co_await rpc_.block_height();
    if (!height) {
        last_failure_ = height.error().message;
        co_return;
    }
    std::erase_if(suspects, [&](const solana::Signature& signature) {
        const auto found = watched_.find(signature);
        return found == watched_.end() ||
               *height <= found->second->transaction.last_valid_block_height;
    });
    if (suspects.size() > kMaxSignaturesPerCall) {
        suspects.resize(kMaxSignaturesPerCall); // the others' turn comes in the next round
    }
    if (suspects.empty()) {
        co_return;
    }
    const auto proof = co_await rpc_.expiry_report(suspects);
    if (!proof) {
        last_failure_ = proof.error().message;
        co_return;
    }
    for (std::size_t index = 0; index < suspects.size(); ++index) {
        const auto found = watched_.find(suspects[index]);
        if (found == watched_.end()) {
            continue;
        }
        auto fate =
            fate_of(found->second->transaction, proof->report.statuses[index], proof->height);
        if (fate.kind != Fate::Kind::Live) {
            fate.accepted = found->second->accepted;
            found->second->settle(std::move(fate));
        }
    }
}

void ConfirmationTracker::resend_unseen() {
    const auto now = Clock::now();
    for (const auto& [signature, watched] : watched_) {
        if (!watched->seen && now - watched->sent_at >= policy_.resend_interval) {
            watched->sent_at = now;
            tasks_.spawn("resend", resend(signature, watched->transaction.wire));
        }
    }
}

base::Task<void> ConfirmationTracker::resend(solana::Signature signature, base::Bytes wire) {
    // Whatever the node answers, the signature's status decides.
    const auto answer = co_await rpc_.send(std::move(wire), Preflight::Skip);
    const auto found = watched_.find(signature);
    if (answer && found != watched_.end()) {
        found->second->accepted = true;
    }
}

void ConfirmationTracker::give_up_if_unanswered() {
    if (Clock::now() - answered_at_ < policy_.patience) {
        return;
    }
    while (!watched_.empty()) {
        Fate fate;
        fate.reason = last_failure_;
        watched_.begin()->second->settle(std::move(fate));
    }
}

} // namespace relay::rpc
