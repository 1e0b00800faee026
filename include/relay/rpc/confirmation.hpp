#pragma once
// What becomes of transactions that were sent: one loop asks about all of them, up to 256 a call,
// sends the same bytes again while a transaction is not seen, and knows when one can never land.

#include "relay/base/batcher.hpp"
#include "relay/base/encoding.hpp"
#include "relay/base/signal.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/transaction.hpp"
#include "relay/solana/transaction_error.hpp"
#include "relay/solana/units.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace relay::rpc {

struct Fate {
    enum class Kind {
        /// In a block at the wanted commitment, and it did what it said.
        Landed,
        /// In a block at the wanted commitment, and failed there: it can never land again.
        Failed,
        /// Not on the chain, and proven never to come.
        Expired,
        /// Neither: it may yet land.
        Live,
        /// No node could tell.
        Unavailable,
    };
    Kind kind = Kind::Unavailable;
    solana::Signature signature;
    solana::Slot slot;
    std::optional<solana::TransactionError> error;
    /// Expired: whether a node had said meanwhile that it took the transaction.
    bool accepted = false;
    /// Why no node could tell.
    std::string reason;
};

/// What a whole-history report says of one transaction. Pure.
Fate fate_of(const solana::SavedTransaction& transaction,
             const std::optional<SignatureStatus>& status, solana::BlockHeight height);

class ConfirmationTracker {
  public:
    struct Policy {
        std::chrono::milliseconds poll_interval{400};
        std::chrono::milliseconds resend_interval{2'000};
        /// A transaction unseen for this long is checked for expiry, this often.
        std::chrono::milliseconds expiry_interval{2'000};
        /// With no answer from any node for so long, the waiters are told Unavailable.
        std::chrono::milliseconds patience{10'000};
    };

    /// `tasks` runs look-ups and resends: joined, before the tracker dies.
    ConfirmationTracker(base::TaskGroup& tasks, SolanaRpc& rpc, Policy policy);

    /// Asks once, whole history, together with others who ask now. Unavailable, or any other fate.
    base::Task<Fate> ask(solana::SavedTransaction transaction);

    /// Which of these signatures landed without an error, if any; whole history.
    base::Task<RpcResult<std::optional<std::pair<solana::Signature, solana::Slot>>>> find_landed(
        std::vector<solana::Signature> signatures);

    /// Waits until the fate is known: never Live. Sends again meanwhile.
    base::Task<Fate> wait(solana::SavedTransaction transaction);

    /// The loop; ends by cancellation only.
    base::Task<void> run();

  private:
    using Clock = std::chrono::steady_clock;
    struct Watched;
    struct Standing {
        std::optional<SignatureStatus> status;
        solana::BlockHeight height;
    };

    /// Whether every status was answered.
    base::Task<bool> poll_statuses();
    base::Task<void> check_expiries();
    void resend_unseen();
    void give_up_if_unanswered();
    std::vector<solana::Signature> unseen_for(std::chrono::milliseconds age) const;
    base::Task<std::vector<RpcResult<Standing>>> look_up(std::vector<solana::Signature> signatures);
    base::Task<void> resend(solana::Signature signature, base::Bytes wire);

    base::TaskGroup& tasks_;
    SolanaRpc& rpc_;
    Policy policy_;
    base::Signal arrivals_;
    /// A signature stands here twice where a job was claimed anew while its last claim still waits.
    std::unordered_multimap<solana::Signature, Watched*, solana::SignatureHash> watched_;
    Clock::time_point answered_at_{};
    Clock::time_point expiries_checked_at_{};
    std::string last_failure_;
    base::Batcher<solana::Signature, RpcResult<Standing>> look_ups_;
};

} // namespace relay::rpc
