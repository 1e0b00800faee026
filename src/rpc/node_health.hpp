#pragma once
// What is known of one node: which methods it answers, and at what pace; of which cluster it is and
// how far it has come; whether what it takes lands. Pure: time is an argument.

#include "pace.hpp"
#include "relay/base/breaker.hpp"
#include "relay/rpc/evidence.hpp"
#include "relay/rpc/node_rpc.hpp"
#include "relay/rpc/rpc.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relay::rpc {

enum class RpcMethod {
    LatestBlockhash,
    Send,
    Statuses,
    History,
    Balance,
    Accounts,
    Rent,
    Simulate,
    Prices,
    Deployment,
};
inline constexpr std::size_t kRpcMethods = 10;

/// As the node calls it, for metrics.
inline const char* to_text(RpcMethod method) {
    switch (method) {
        case RpcMethod::LatestBlockhash:
            return "getLatestBlockhash";
        case RpcMethod::Send:
            return "sendTransaction";
        case RpcMethod::Statuses:
            return "getSignatureStatuses";
        case RpcMethod::History:
            return "getSignatureStatuses of the history";
        case RpcMethod::Balance:
            return "getBalance";
        case RpcMethod::Accounts:
            return "getMultipleAccounts";
        case RpcMethod::Rent:
            return "getMinimumBalanceForRentExemption";
        case RpcMethod::Simulate:
            return "simulateTransaction";
        case RpcMethod::Prices:
            return "getRecentPrioritizationFees";
        case RpcMethod::Deployment:
            return "getAccountInfo";
    }
    std::unreachable();
}

/// So long a node is waited for where there is another to ask, and a call for its turn.
inline constexpr std::chrono::milliseconds kPatience{2'000};

class NodeHealth {
  public:
    using Clock = base::Breaker::Clock;

    enum class Use {
        Well,
        /// It failed, and its pause is over: one call may find out. Told once a pause.
        Trial,
        LeaveAlone,
    };

    explicit NodeHealth(base::Breaker::Policy pauses)
        : methods_(kRpcMethods, Method{base::Breaker(pauses)}) {}

    Use use(RpcMethod method, Clock::time_point now) {
        auto& known = of(method);
        if (known.pace.wait(now) > kPatience) {
            return Use::LeaveAlone;
        }
        if (known.breaker.is_closed()) {
            return Use::Well;
        }
        return known.breaker.try_acquire(now) ? Use::Trial : Use::LeaveAlone;
    }

    void succeeded(RpcMethod method, Clock::time_point asked_at, Clock::time_point now) {
        auto& known = of(method);
        known.breaker.succeeded();
        known.pace.carried_out(asked_at, now);
        known.limited = false;
    }

    /// The method alone is left alone, or paced where the node limits it: it may do all else.
    void failed(RpcMethod method, Clock::time_point asked_at, Clock::time_point now,
                const RpcError& error) {
        auto& known = of(method);
        last_failure = error.message;
        known.limited = error.kind == RpcError::Kind::Limited;
        if (known.limited) {
            known.breaker.succeeded(); // it is there
            known.pace.refused(asked_at, now, error.retry_after);
        } else {
            known.breaker.failed(now);
        }
    }

    Pace& pace(RpcMethod method) { return of(method).pace; }

    bool answers(RpcMethod method) const {
        return methods_[static_cast<std::size_t>(method)].breaker.is_closed();
    }
    /// Its last word on the method was that we ask too often, or more calls wait for their turn
    /// than there are turns.
    bool limits(RpcMethod method, Clock::time_point now) const {
        const auto& known = methods_[static_cast<std::size_t>(method)];
        return known.limited || known.pace.wait(now) > kPatience;
    }

    /// A transaction that it took was in a block before any other node was asked.
    void landed_by_itself() { missed_ = 0; }
    /// One that it took was in a block only after the others had it, too.
    void landed_by_others(Clock::time_point now) {
        if (++missed_ >= kMostMissed) {
            last_for_sends_until_ = now + kLastForSends;
        }
    }
    bool loses_its_place(Clock::time_point now) const { return now < last_for_sends_until_; }

    /// What it tells of the finalized chain.
    NodeClock clock;
    Consensus consensus = Consensus::Unknown;
    /// When it last said that it keeps no history: behind one address other nodes may.
    std::optional<Clock::time_point> without_history_since;
    bool has_history(Clock::time_point now) const {
        return !without_history_since || now - *without_history_since >= kAskedForHistoryAgain;
    }
    /// It answers for the height; else it can do all but prove.
    bool is_witness = true;
    /// How far its newest lastValidBlockHeight is from 150 above its height.
    std::uint64_t strain = 0;
    /// Why it is not used at all; none while it may be.
    std::optional<std::string> trouble = "not asked yet";
    /// What it said cannot be so.
    bool untrue = false;
    /// Why a call was last not answered.
    std::string last_failure;
    /// Whether it trails the others too far.
    bool lags = false;

  private:
    static constexpr std::chrono::seconds kAskedForHistoryAgain{5};
    static constexpr int kMostMissed = 3;
    static constexpr std::chrono::seconds kLastForSends{60};

    struct Method {
        base::Breaker breaker;
        Pace pace{};
        bool limited = false;
    };

    Method& of(RpcMethod method) { return methods_[static_cast<std::size_t>(method)]; }

    std::vector<Method> methods_;
    int missed_ = 0;
    Clock::time_point last_for_sends_until_{};
};

} // namespace relay::rpc
