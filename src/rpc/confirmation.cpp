#include "relay/rpc/confirmation.hpp"

#include "relay/base/clock.hpp"
#include "relay/base/encoding.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/evidence.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/transaction.hpp"
#include "relay/solana/units.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <expected>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace relay::rpc {

namespace {

Question question_on(const solana::SavedTransaction& transaction, base::Clock::time_point now) {
    return {transaction.signature, transaction.last_valid_block_height,
            std::chrono::duration_cast<std::chrono::milliseconds>(now - transaction.signed_at),
            transaction.blockhash_slot};
}

/// It was proven dead once; its own last valid height lies below `before`.
Question question_on(const solana::Signature& signature, solana::BlockHeight before) {
    return {signature, before, kLongestLife, std::nullopt};
}

/// When the latest was signed the chain stood 150 blocks below its end at least.
solana::BlockHeight born_at(const solana::SavedTransaction& transaction) {
    const auto end = transaction.last_valid_block_height.value;
    return {end - std::min(end, kBlockhashLife)};
}

/// Its status, where it landed and did what it said.
std::optional<SignatureStatus> payment_of(const Finding& finding) {
    const auto& status = finding.status;
    return status && status->committed && !status->error ? status : std::nullopt;
}

bool is_dead(const Finding& finding) {
    return finding.absent || (finding.status && finding.status->committed && finding.status->error);
}

Fate landed(const solana::Signature& signature, const SignatureStatus& status) {
    Fate fate;
    fate.kind = status.error ? Fate::Kind::Failed : Fate::Kind::Landed;
    fate.signature = signature;
    fate.slot = status.slot;
    fate.final = status.final;
    fate.error = status.error;
    return fate;
}

Fate unavailable(std::string reason) {
    Fate fate;
    fate.reason = std::move(reason);
    return fate;
}

Fate unavailable(const RpcError& error) {
    auto fate = unavailable(error.message);
    fate.limited = error.kind == RpcError::Kind::Limited;
    return fate;
}

} // namespace

Fate fate_of(const Attempts& attempts, const Finding& latest, std::span<const Finding> earlier) {
    for (std::size_t index = 0; index < earlier.size(); ++index) {
        if (const auto payment = payment_of(earlier[index])) {
            return landed(attempts.earlier[index], *payment);
        }
    }
    if (latest.status && latest.status->committed) {
        return landed(attempts.latest.signature, *latest.status);
    }
    Fate fate;
    fate.kind = Fate::Kind::Live;
    fate.signature = attempts.latest.signature;
    const auto unproven = std::ranges::find_if_not(earlier, is_dead);
    if (latest.absent && unproven == earlier.end()) {
        fate.kind = Fate::Kind::Expired;
    } else if (latest.overdue) {
        fate.kind = Fate::Kind::Unproven;
        fate.reason = latest.absent ? unproven->missing : latest.missing;
    }
    return fate;
}

/// One job's transactions that somebody waits for. Stands in `watched_` as long as the waiter
/// lives.
struct ConfirmationTracker::Watched {
    ConfirmationTracker& tracker;
    Attempts attempts;
    base::OneShot<Fate> fate;
    base::Clock::time_point sent_at;
    std::optional<base::Clock::time_point> unproven_since;
    bool seen = false;
    bool taken_by_node = false;

    Watched(ConfirmationTracker& owner, Attempts saved)
        : tracker(owner),
          attempts(std::move(saved)),
          fate(owner.tasks_.executor()),
          sent_at(owner.clock_.now()) {
        tracker.watched_.emplace(attempts.latest.signature, this);
    }
    ~Watched() { leave(); }
    Watched(const Watched&) = delete;
    Watched& operator=(const Watched&) = delete;

    void leave() {
        auto [entry, end] = tracker.watched_.equal_range(attempts.latest.signature);
        while (entry != end) {
            entry = entry->second == this ? tracker.watched_.erase(entry) : std::next(entry);
        }
    }

    void settle(Fate outcome) {
        leave();
        fate.set(std::move(outcome));
    }
};

ConfirmationTracker::ConfirmationTracker(base::TaskGroup& tasks, SolanaRpc& rpc, Policy policy,
                                         observability::Counter sent_again)
    : tasks_(tasks),
      clock_(tasks.clock()),
      rpc_(rpc),
      policy_(policy),
      sent_again_(sent_again),
      arrivals_(tasks.executor()),
      look_ups_(tasks, "signature look-ups",
                {.largest_batch = kMaxSignaturesPerCall, .batches_under_way = 2},
                [this](std::vector<Question> questions) { return look_up(std::move(questions)); }) {
}

base::Task<std::vector<RpcResult<Finding>>> ConfirmationTracker::look_up(
    std::vector<Question> questions) {
    const auto count = questions.size();
    auto answer = co_await rpc_.look_into(std::move(questions));
    std::vector<RpcResult<Finding>> findings;
    findings.reserve(count);
    for (std::size_t index = 0; index < count; ++index) {
        if (answer) {
            findings.emplace_back(std::move((*answer)[index]));
        } else {
            findings.emplace_back(std::unexpected(answer.error()));
        }
    }
    co_return findings;
}

std::vector<Question> ConfirmationTracker::questions_on(const Attempts& attempts) const {
    std::vector<Question> questions = {question_on(attempts.latest, clock_.now())};
    for (const auto& signature : attempts.earlier) {
        questions.push_back(question_on(signature, born_at(attempts.latest)));
    }
    return questions;
}

base::Task<Fate> ConfirmationTracker::ask(Attempts attempts) {
    std::vector<Finding> findings;
    for (const auto& question : questions_on(attempts)) {
        auto finding = co_await look_ups_.submit(question);
        if (!finding) {
            co_return unavailable(finding.error());
        }
        findings.push_back(std::move(*finding));
    }
    auto fate = fate_of(attempts, findings.front(), std::span(findings).subspan(1));
    fate.taken_by_node = true; // before this claim: nobody here knows better
    co_return fate;
}

base::Task<Fate> ConfirmationTracker::find_landed(Attempts attempts) {
    Fate fate;
    fate.kind = Fate::Kind::Expired;
    const auto before = born_at(attempts.latest);
    for (const auto& signature : attempts.earlier) {
        const auto finding = co_await look_ups_.submit(question_on(signature, before));
        if (!finding) {
            co_return unavailable(finding.error());
        }
        if (const auto payment = payment_of(*finding)) {
            co_return landed(signature, *payment);
        }
        if (!is_dead(*finding)) {
            fate.kind = Fate::Kind::Unproven;
            fate.reason = finding->missing;
        }
    }
    co_return fate;
}

base::Task<Fate> ConfirmationTracker::wait(Attempts attempts) {
    if (watched_.empty()) {
        answered_at_ = clock_.now(); // the silence before we had a question does not count
    }
    Watched watched(*this, std::move(attempts));
    arrivals_.notify();
    co_return co_await watched.fate.get();
}

std::chrono::nanoseconds ConfirmationTracker::poll_interval() const {
    return std::max(rpc_.slot_time(), policy_.shortest_poll);
}

base::Task<void> ConfirmationTracker::run() {
    for (;;) {
        while (watched_.empty()) {
            co_await arrivals_.wait();
        }
        co_await clock_.sleep_for(poll_interval());
        // Not in the condition itself: g++ 12 then lays out the coroutine's frame wrongly.
        const bool answered = co_await poll_statuses();
        if (answered) {
            resend_unseen();
            if (!checking_expiries_ &&
                clock_.now() - expiries_checked_at_ >= policy_.expiry_interval) {
                // Beside: a node that hangs over an old one keeps no new one waiting.
                checking_expiries_ = true;
                tasks_.spawn("look for expiries", check_expiries());
            }
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
            // A node that asks us to be slower is not away: the next poll comes when it may.
            if (report.error().kind == RpcError::Kind::Limited) {
                answered_at_ = clock_.now();
                co_return true;
            }
            co_return false; // the next poll asks again
        }
        answered_at_ = clock_.now();
        for (std::size_t index = 0; index < chunk.size(); ++index) {
            const auto found = watched_.find(chunk[index]);
            const auto& status = report->statuses[index];
            if (found == watched_.end()) {
                continue;
            }
            found->second->seen = status.has_value(); // a fork can take back what was seen
            if (status && status->committed) {
                found->second->settle(landed(chunk[index], *status));
            }
        }
    }
    co_return true;
}

/// Those that are old enough for a proof, each with its earlier ones.
base::Task<void> ConfirmationTracker::check_expiries() {
    struct Check {
        ConfirmationTracker& tracker;
        explicit Check(ConfirmationTracker& owner) : tracker(owner) {}
        ~Check() {
            tracker.checking_expiries_ = false;
            tracker.expiries_checked_at_ = tracker.clock_.now();
        }
        Check(const Check&) = delete;
        Check& operator=(const Check&) = delete;
    };
    const Check check(*this);
    const auto now = clock_.now();
    std::vector<Attempts> suspects;
    for (const auto& [signature, watched] : watched_) {
        if (now - watched->attempts.latest.signed_at >= policy_.least_life) {
            const auto& latest = watched->attempts.latest; // all of it but its bytes
            suspects.push_back({{signature,
                                 {},
                                 latest.last_valid_block_height,
                                 latest.blockhash_slot,
                                 latest.signed_at},
                                watched->attempts.earlier});
        }
    }
    std::vector<Question> questions;
    for (const auto& attempts : suspects) {
        std::ranges::move(questions_on(attempts), std::back_inserter(questions));
    }
    std::vector<Finding> findings;
    for (std::size_t start = 0; start < questions.size(); start += kMaxSignaturesPerCall) {
        const auto first = questions.begin() + static_cast<std::ptrdiff_t>(start);
        const auto count = std::min(kMaxSignaturesPerCall, questions.size() - start);
        const std::vector<Question> chunk(first, first + static_cast<std::ptrdiff_t>(count));
        auto told = co_await rpc_.look_into(chunk);
        if (!told) {
            last_failure_ = told.error().message;
            co_return;
        }
        std::ranges::move(*told, std::back_inserter(findings));
    }
    std::span<const Finding> rest(findings);
    for (const auto& attempts : suspects) {
        const auto own = rest.first(1 + attempts.earlier.size());
        rest = rest.subspan(own.size());
        settle_or_note(attempts.latest.signature, fate_of(attempts, own.front(), own.subspan(1)));
    }
}

void ConfirmationTracker::settle_or_note(const solana::Signature& signature, Fate fate) {
    const auto found = watched_.find(signature);
    if (found == watched_.end() || fate.kind == Fate::Kind::Live) {
        return;
    }
    auto& watched = *found->second;
    if (fate.kind == Fate::Kind::Unproven) {
        const auto now = clock_.now();
        watched.unproven_since = watched.unproven_since.value_or(now);
        if (now - *watched.unproven_since < policy_.proof_patience) {
            return;
        }
    }
    fate.taken_by_node = watched.taken_by_node;
    watched.settle(std::move(fate));
}

void ConfirmationTracker::resend_unseen() {
    const auto now = clock_.now();
    const auto interval = std::max(rpc_.slot_time() * 5 / 2, policy_.shortest_resend);
    for (const auto& [signature, watched] : watched_) {
        if (!watched->seen && now - watched->sent_at >= interval) {
            watched->sent_at = now;
            tasks_.spawn("resend", resend(signature, watched->attempts.latest.wire));
        }
    }
}

base::Task<void> ConfirmationTracker::resend(solana::Signature signature, base::Bytes wire) {
    sent_again_.add();
    // Whatever the node answers, the signature's status decides.
    const auto answer = co_await rpc_.send(std::move(wire), Preflight::Skip);
    const auto found = watched_.find(signature);
    if (answer && found != watched_.end()) {
        found->second->taken_by_node = true;
    }
}

void ConfirmationTracker::give_up_if_unanswered() {
    if (clock_.now() - answered_at_ < policy_.patience) {
        return;
    }
    while (!watched_.empty()) {
        watched_.begin()->second->settle(unavailable(last_failure_));
    }
}

} // namespace relay::rpc
