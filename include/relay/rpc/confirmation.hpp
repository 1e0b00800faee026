#pragma once
// What becomes of transactions that were sent: one loop asks about all of them, up to 256 a call,
// sends the same bytes again while a transaction is not seen, and knows when one can never land.
//
// A job may have had several transactions, of which the last may still land: a fate is that of all
// of them together, since a verdict on the last is none while an earlier one might have paid.

#include "relay/base/batcher.hpp"
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
#include "relay/solana/transaction_error.hpp"
#include "relay/solana/units.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace relay::rpc {

/// A job's transactions.
struct Attempts {
    solana::SavedTransaction latest;
    /// Each proven dead before `latest` was signed.
    std::vector<solana::Signature> earlier;
};

struct Fate {
    enum class Kind {
        /// In a block at the wanted commitment, and it did what it said.
        Landed,
        /// In a block at the wanted commitment, and failed there: it can never land again.
        Failed,
        /// Not on the chain, none of them, and proven never to come.
        Expired,
        /// Neither: it may yet land.
        Live,
        /// Its life is over, but that none of them has landed is not proven.
        Unproven,
        /// No node could tell.
        Unavailable,
    };
    Kind kind = Kind::Unavailable;
    /// Landed: of the one that did, which may be an earlier one.
    solana::Signature signature;
    solana::Slot slot;
    /// Landed: it can never be taken back.
    bool final = false;
    std::optional<solana::TransactionError> error;
    /// Expired: whether a node had said meanwhile that it took the transaction.
    bool taken_by_node = false;
    /// Unavailable: the nodes are there, and limit our rate.
    bool limited = false;
    /// Why no node could tell, or what is missing of the proof.
    std::string reason;
};

/// What the nodes' findings say, on the latest and on each earlier one. Pure.
Fate fate_of(const Attempts& attempts, const Finding& latest, std::span<const Finding> earlier);

class ConfirmationTracker {
  public:
    /// In slots, as they are measured, and bounded.
    struct Policy {
        std::chrono::milliseconds shortest_poll{100};
        /// A transaction unseen for 2.5 slots is sent again, to every node.
        std::chrono::milliseconds shortest_resend{400};
        /// No younger transaction's expiry is looked for.
        std::chrono::milliseconds least_life = kLeastLife;
        /// How often expiries are looked for.
        std::chrono::milliseconds expiry_interval{1'000};
        /// So long a proof may take, nodes being slots apart, before the waiter is told.
        std::chrono::milliseconds proof_patience{10'000};
        /// With no answer from any node for so long, the waiters are told Unavailable.
        std::chrono::milliseconds patience{10'000};
    };

    /// `tasks` runs look-ups and resends, and has the clock: joined, before the tracker dies.
    ConfirmationTracker(base::TaskGroup& tasks, SolanaRpc& rpc, Policy policy,
                        observability::Counter sent_again);

    /// Asks once, together with others who ask now.
    base::Task<Fate> ask(Attempts attempts);

    /// Which of the earlier ones has landed, if any: Landed, Expired (proven that none has),
    /// Unproven or Unavailable.
    base::Task<Fate> find_landed(Attempts attempts);

    /// Waits until the fate is known: never Live. Sends again meanwhile.
    base::Task<Fate> wait(Attempts attempts);

    /// The loop; ends by cancellation only.
    base::Task<void> run();

  private:
    struct Watched;

    /// Whether every status was answered.
    base::Task<bool> poll_statuses();
    base::Task<void> check_expiries();
    void settle_or_note(const solana::Signature& signature, Fate fate);
    void resend_unseen();
    void give_up_if_unanswered();
    std::chrono::nanoseconds poll_interval() const;
    base::Task<std::vector<RpcResult<Finding>>> look_up(std::vector<Question> questions);
    base::Task<void> resend(solana::Signature signature, base::Bytes wire);
    std::vector<Question> questions_on(const Attempts& attempts) const;

    base::TaskGroup& tasks_;
    base::Clock& clock_;
    SolanaRpc& rpc_;
    Policy policy_;
    observability::Counter sent_again_;
    base::WakeUp arrivals_;
    /// A signature stands here twice where a job was claimed anew while its last claim still waits.
    std::unordered_multimap<solana::Signature, Watched*, solana::SignatureHash> watched_;
    base::Clock::time_point answered_at_{};
    base::Clock::time_point expiries_checked_at_{};
    bool checking_expiries_ = false;
    std::string last_failure_;
    base::Batcher<Question, RpcResult<Finding>> look_ups_;
};

} // namespace relay::rpc
